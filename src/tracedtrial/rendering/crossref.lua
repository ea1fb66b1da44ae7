-- Numbers figures, tables and sections, and resolves references to them.

local here = pandoc.path.directory(PANDOC_SCRIPT_FILE)
local shared = dofile(pandoc.path.join({ here, "stop.lua" }))
local words = { fig = "Figure", tbl = "Table", sec = "Section" }
local refused = pandoc.List({ "eq", "lst", "thm", "lem", "cor", "prp", "exm" })
local count = { fig = 0, tbl = 0, ["fig-supp"] = 0, ["tbl-supp"] = 0 }
local levels = {}
local label = {}

local function kind_of(id)
  return id:match("^(%l%l%l?)%-")
end

-- A display whose label begins tbl-supp- or fig-supp- is one of the supplement: S1, S2.
local function numbered(block, kind)
  local supplementary = block.identifier:match("^%l%l%l%-supp%-")
  local series = supplementary and kind .. "-supp" or kind
  count[series] = count[series] + 1
  block.attributes.number = (supplementary and "S" or "") .. count[series]
  label[block.identifier] = block.attributes.number
end

local function heading_number(header)
  levels[header.level] = (levels[header.level] or 0) + 1
  for level = header.level + 1, 6 do
    levels[level] = 0
  end
  local parts = pandoc.List({})
  for level = 1, header.level do
    parts:insert(tostring(levels[level] or 0))
  end
  return table.concat(parts, ".")
end

local function number_header(header)
  if not header.classes:includes("unnumbered") then
    label[header.identifier] = heading_number(header)
    header.attributes.number = label[header.identifier]
    return header
  end
end

-- Every picture has an alternative text, as attribute alt.
local function alternative(image)
  image.attributes.alt = image.attributes.alt or image.attributes["fig-alt"] or ""
  image.attributes["fig-alt"] = nil
  if image.attributes.alt == "" then
    shared.stop("picture '" .. image.src .. "' has no fig-alt", image.src)
  end
  local missing = not image.attributes.png and not io.open(image.src)
  if missing then
    shared.stop("no such picture '" .. image.src .. "'", image.src)
  end
  return image
end

local function number_figure(figure)
  if kind_of(figure.identifier) == "fig" then
    numbered(figure, "fig")
    return figure
  end
end

-- A table, wherever its identifier was written, becomes a division that holds it and its notes.
local function number_table(block)
  if block.t == "Table" and kind_of(block.identifier) == "tbl" then
    block = pandoc.Div({ block }, pandoc.Attr(block.identifier))
    block.content[1].identifier = ""
  end
  if block.t == "Div" and kind_of(block.identifier) == "tbl" then
    if not block.content[1] or block.content[1].t ~= "Table" then
      local message = "division '" .. block.identifier .. "' does not begin with a table"
      shared.stop(message, block.identifier)
    end
    block.classes:insert("table")
    numbered(block, "tbl")
    return block, false
  end
end

local function number_blocks(document)
  document.blocks = document.blocks:walk({
    traverse = "topdown",
    Header = number_header,
    Figure = number_figure,
    Table = number_table,
    Div = number_table,
  })
end

local function reference(citation, sections)
  local id = citation.id
  local kind = kind_of(id)
  if kind == "sec" and not sections then
    shared.stop("a reference to a section needs 'number-sections: true'", "@" .. id)
  elseif not label[id] then
    shared.stop("unknown cross-reference '@" .. id .. "'", "@" .. id)
  end
  local name = #citation.prefix > 0 and shared.text(citation.prefix) or words[kind]
  local number = label[id]
  local text = citation.mode == "SuppressAuthor" and number or name .. "\u{a0}" .. number
  return pandoc.Link({ pandoc.Str(text) }, "#" .. id, "", pandoc.Attr("", { "crossref" }))
end

local function is_reference(citation)
  local kind = kind_of(citation.id)
  if kind and refused:includes(kind) then
    local what = "cross-reference '@" .. citation.id .. "'"
    shared.stop(what .. shared.unsupported, "@" .. citation.id)
  end
  return kind and words[kind]
end

local function refuse_mixed(citations)
  for _, citation in ipairs(citations) do
    if not is_reference(citation) then
      local what = "citations mixed with cross-references"
      shared.stop(what .. shared.unsupported, "@" .. citation.id)
    elseif #citation.suffix > 0 then
      local what = "text after '@" .. citation.id .. "' in brackets"
      shared.stop(what .. shared.unsupported, "@" .. citation.id)
    end
  end
end

local function references(sections)
  return function(cite)
    if #cite.citations:filter(is_reference) == 0 then
      return nil
    end
    refuse_mixed(cite.citations)
    local new = pandoc.Inlines({})
    for position, citation in ipairs(cite.citations) do
      new:extend(position > 1 and { pandoc.Str(","), pandoc.Space() } or {})
      new:insert(reference(citation, sections))
    end
    return new
  end
end

function Pandoc(document)
  document = document:walk({ Image = alternative })
  number_blocks(document)
  document = document:walk({ Cite = references(document.meta["number-sections"]) })
  return document
end
