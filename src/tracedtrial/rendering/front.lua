-- The title page's parts as blocks, for formats that have no template of their own.

local M = {}

local function list(value)
  return value or pandoc.List({})
end

local function inlines(value)
  if pandoc.utils.type(value) == "Blocks" then
    return pandoc.utils.blocks_to_inlines(value)
  end
  return pandoc.Inlines(value)
end

local function joined(parts, separator)
  local all = pandoc.Inlines({})
  for place, part in ipairs(parts) do
    all:extend(place > 1 and pandoc.Inlines({ pandoc.Str(separator), pandoc.Space() }) or {})
    all:extend(part)
  end
  return all
end

local function is_corresponding(person)
  return pandoc.utils.stringify(person.attributes.corresponding) == "true"
end

-- Names with the numbers of their affiliations.
function M.authors(meta)
  return joined(list(meta["by-author"]):map(function(person)
    local marks = person.affiliations:map(function(affiliation) return affiliation.number end)
    local name = inlines(person.name.literal):clone()
    local sign = is_corresponding(person) and "*" or ""
    name:insert(pandoc.Superscript(table.concat(marks, ",") .. sign))
    return name
  end), ",")
end

-- A paragraph for each affiliation, correspondence and author's ORCID.
function M.affiliations(meta)
  local lines = list(meta["by-affiliation"]):map(function(place)
    local keys = pandoc.List({ "department", "name", "city", "country" })
    local known = keys:filter(function(key) return place[key] ~= nil end)
    local parts = known:map(function(key) return inlines(place[key]) end)
    local line = pandoc.Inlines({ pandoc.Superscript(place.number), pandoc.Space() })
    return line .. joined(parts, ",")
  end)
  for _, person in ipairs(list(meta["by-author"])) do
    local name = inlines(person.name.literal)
    if is_corresponding(person) then
      local parts = pandoc.List({ name, person.email and inlines(person.email) })
      lines:insert(pandoc.Inlines("*Correspondence: ") .. joined(parts, ","))
    end
    if person.orcid then
      lines:insert(pandoc.Inlines("ORCID: ") .. name .. { pandoc.Space() } .. inlines(person.orcid))
    end
  end
  return lines:map(pandoc.Para)
end

-- The terms of the title page, each a paragraph.
function M.terms(meta)
  return list(meta["title-page"]):map(function(entry)
    local term = pandoc.Strong(inlines(entry.term) .. { pandoc.Str(":") })
    return pandoc.Para(pandoc.Inlines({ term, pandoc.Space() }) .. inlines(entry.text))
  end)
end

function M.keywords(meta)
  local words = joined(list(meta.keywords):map(inlines), ",")
  local term = pandoc.Inlines({ pandoc.Strong("Keywords:"), pandoc.Space() })
  return #words > 0 and pandoc.Para(term .. words) or nil
end

function M.blocks(value)
  if value == nil then
    return pandoc.Blocks({})
  elseif pandoc.utils.type(value) == "Blocks" then
    return value
  end
  return pandoc.Blocks({ pandoc.Para(inlines(value)) })
end

return M
