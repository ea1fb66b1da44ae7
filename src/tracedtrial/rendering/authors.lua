-- Normalises author and affiliations as Quarto does: by-author and by-affiliation.

local here = pandoc.path.directory(PANDOC_SCRIPT_FILE)
local shared = dofile(pandoc.path.join({ here, "stop.lua" }))
local numbers, ordered, declared = {}, {}, {}

local function list(value)
  local kind = pandoc.utils.type(value)
  if value == nil then
    return pandoc.List({})
  end
  return kind == "List" and value or pandoc.List({ value })
end

local function is_text(value)
  local kind = pandoc.utils.type(value)
  return kind == "Inlines" or kind == "Blocks" or kind == "string"
end

local function affiliation(entry)
  if is_text(entry) then
    return declared[shared.text(entry)] or { name = entry }
  elseif entry.ref then
    local id = shared.text(entry.ref)
    if not declared[id] then
      shared.stop("unknown affiliation '" .. id .. "'", "ref: " .. id)
    end
    return declared[id]
  end
  return entry
end

local function numbered(entry)
  local found = affiliation(entry)
  local key = shared.text(found.id or found.name)
  if not numbers[key] then
    table.insert(ordered, found)
    numbers[key] = #ordered
    found.number = tostring(#ordered)
  end
  return ordered[numbers[key]]
end

local function full_name(name)
  if is_text(name) then
    return { literal = name }
  elseif name.given and name.family then
    name.literal = name.given .. { pandoc.Space() } .. name.family
  end
  return name
end

local function author(entry)
  local person = is_text(entry) and { name = entry } or entry
  if not person.name then
    shared.stop("an author has no name", "author")
  end
  return {
    name = full_name(person.name),
    affiliations = list(person.affiliations or person.affiliation):map(numbered),
    email = person.email,
    orcid = person.orcid,
    attributes = { corresponding = person.corresponding or false },
  }
end

function Meta(meta)
  for _, entry in ipairs(list(meta.affiliations)) do
    if entry.id then
      declared[shared.text(entry.id)] = entry
    end
  end
  meta["by-author"] = list(meta.author):map(author)
  meta["by-affiliation"] = pandoc.List(ordered)
  meta["author-meta"] = meta["by-author"]:map(function(person)
    return pandoc.Inlines(shared.text(person.name.literal))
  end)
  return meta
end
