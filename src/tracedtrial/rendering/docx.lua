-- The title page, captions, notes, cross-references and the appendix as Word has them.

local here = pandoc.path.directory(PANDOC_SCRIPT_FILE)
local front = dofile(pandoc.path.join({ here, "front.lua" }))
local columns = dofile(pandoc.path.join({ here, "columns.lua" }))
local bookmarks = 90000
local text_width = "155mm"

local function styled(style, blocks)
  return pandoc.Div(blocks, pandoc.Attr("", {}, { ["custom-style"] = style }))
end

local function word(xml)
  return pandoc.RawInline("openxml", xml)
end

local function run(text, properties)
  local style = properties and "<w:rPr>" .. properties .. "</w:rPr>" or ""
  return "<w:r>" .. style .. '<w:t xml:space="preserve">' .. text .. "</w:t></w:r>"
end

local function bookmark(id)
  return "_Ref_" .. id:gsub("%-", "_")
end

-- "Table 1. " as Word numbers it, with a bookmark for references.
local function label(name, id, number)
  bookmarks = bookmarks + 1
  local sequence = '<w:fldSimple w:instr=" SEQ %s \\* ARABIC ">%s</w:fldSimple>'
  local field = sequence:format(name, run(number, "<w:b/>"))
  local start = ('<w:bookmarkStart w:id="%d" w:name="%s"/>'):format(bookmarks, bookmark(id))
  local stop = ('<w:bookmarkEnd w:id="%d"/>'):format(bookmarks)
  local text = word(start .. run(name .. "\u{a0}", "<w:b/>") .. field .. stop)
  return pandoc.Inlines({ text, pandoc.Strong("."), pandoc.Space() })
end

local function caption(style, name, element, long)
  local text = pandoc.utils.blocks_to_inlines(long)
  local prefix = label(name, element.identifier, element.attributes.number)
  return styled(style, { pandoc.Para(prefix .. text) })
end

local function figure(element)
  local picture
  element:walk({
    Image = function(image)
      local source = image.attributes.png or image.src
      picture = pandoc.Image({ pandoc.Str(image.attributes.alt) }, source, "", { width = text_width })
    end,
  })
  return pandoc.Div({
    styled("Captioned Figure", { pandoc.Para({ picture }) }),
    caption("Image Caption", "Figure", element, element.caption.long),
  }, pandoc.Attr(element.identifier))
end

local function table_division(division)
  local notes = division.content:clone()
  local tbl = notes:remove(1)
  local shares = columns.shares(tbl)
  for column, spec in ipairs(tbl.colspecs) do
    spec[2] = shares[column]
    tbl.colspecs[column] = spec
  end
  local heading = caption("Table Caption", "Table", division, tbl.caption.long)
  tbl.caption = {}
  return pandoc.Div({ heading, tbl, styled("Table Note", notes) }, pandoc.Attr(division.identifier))
end

local function division(element)
  if element.classes:includes("table") then
    return table_division(element)
  elseif element.classes:includes("appendix") then
    element.attributes["custom-style"] = "Appendix"
    return element
  end
end

-- A reference to a figure or table is a field that Word can renew.
local function reference(link)
  local id = link.target:match("^#(%l%l%l%-.+)$")
  if link.classes:includes("crossref") and not id:match("^sec%-") then
    local field = '<w:fldSimple w:instr=" REF %s \\h \\* MERGEFORMAT ">%s</w:fldSimple>'
    return word(field:format(bookmark(id), run(pandoc.utils.stringify(link.content))))
  end
end

-- Tight lists would take the style of table cells.
local function loose(list)
  list.content = list.content:map(function(item)
    return item:walk({ Plain = function(plain) return pandoc.Para(plain.content) end })
  end)
  return list
end

local new_page = "<w:p><w:pPr><w:suppressLineNumbers/>"
  .. '<w:spacing w:line="20" w:lineRule="exact"/></w:pPr><w:r><w:br w:type="page"/></w:r></w:p>'

local function title_page(meta)
  local blocks = pandoc.Blocks({
    styled("Author", { pandoc.Para(front.authors(meta)) }),
    styled("Affiliation", front.affiliations(meta)),
    styled("Title Page", front.terms(meta)),
    styled("Notice", front.blocks(meta.notice)),
  })
  if meta.abstract then
    local title = meta["abstract-title"] or pandoc.Inlines("Abstract")
    blocks:insert(styled("Abstract Title", { pandoc.Para(title) }))
    blocks:insert(styled("Abstract", front.blocks(meta.abstract)))
    blocks:insert(styled("Abstract", { front.keywords(meta) }))
  end
  blocks:insert(pandoc.RawBlock("openxml", new_page))
  return blocks
end

-- pandoc writes what is left of the metadata into the properties.
local function whole(document)
  document.blocks = title_page(document.meta) .. document.blocks
  local kept = { "title", "subtitle", "keywords", "lang", "running-head", "running-note",
    "ledger-sha256" }
  local meta = {}
  for _, key in ipairs(kept) do
    meta[key] = document.meta[key]
  end
  document.meta = meta
  return document
end

return {
  { Figure = figure, Div = division, BulletList = loose, OrderedList = loose },
  { Pandoc = whole },
  { Link = reference },
}
