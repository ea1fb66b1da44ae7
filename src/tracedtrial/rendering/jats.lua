-- The front matter as pandoc's JATS template asks for it; figures and tables with their labels.

local here = pandoc.path.directory(PANDOC_SCRIPT_FILE)
local front = dofile(pandoc.path.join({ here, "front.lua" }))

local function jats(blocks)
  return (pandoc.write(pandoc.Pandoc(blocks), "jats_archiving"):gsub("%s+$", ""))
end

local function raw(text)
  return pandoc.RawBlock("jats", text)
end

local function escaped(text)
  return (text:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;"):gsub('"', "&quot;"))
end

local function head(name, element, long)
  local text = pandoc.utils.blocks_to_inlines(long)
  local label = "<label>" .. name .. " " .. element.attributes.number .. "</label>"
  return label .. "\n<caption>" .. jats({ pandoc.Para(text) }) .. "</caption>\n"
end

local function figure(element)
  local picture
  element:walk({ Image = function(image) picture = image end })
  local name = picture.attributes.svg and picture.attributes.svg:gsub("%.svg$", ".png")
  local file = escaped(pandoc.path.filename(name or picture.src))
  local parts = {
    '<fig id="' .. element.identifier .. '">',
    head("Figure", element, element.caption.long),
    "<alt-text>" .. escaped(picture.attributes.alt) .. "</alt-text>",
    '<graphic mimetype="image" mime-subtype="png" xlink:href="' .. file .. '"/>',
    "</fig>",
  }
  return raw(table.concat(parts, "\n"))
end

local function table_wrap(division)
  local notes = division.content:clone()
  local tbl = notes:remove(1)
  local heading = head("Table", division, tbl.caption.long)
  tbl.caption = {}
  tbl.colspecs = tbl.colspecs:map(function(spec) return { spec[1] } end)
  local foot = #notes > 0 and "<table-wrap-foot>\n" .. jats(notes) .. "\n</table-wrap-foot>" or ""
  local start = '<table-wrap id="' .. division.identifier .. '">\n'
  local grid = jats({ tbl }):match("<table>.*</table>")
  return raw(start .. heading .. grid .. "\n" .. foot .. "\n</table-wrap>")
end

local function division(element)
  if element.classes:includes("table") then
    return table_wrap(element)
  end
end

local function author(person)
  local name = person.name
  return {
    name = not name.family and name.literal or nil,
    surname = name.family,
    ["given-names"] = name.given,
    orcid = person.orcid,
    email = person.email,
    affiliation = person.affiliations:map(function(place) return pandoc.Inlines(place.number) end),
  }
end

local function affiliation(place)
  return {
    id = pandoc.Inlines(place.number),
    organization = place.name,
    department = place.department,
    city = place.city,
    country = place.country,
  }
end

local function metadata(meta)
  meta.author = meta["by-author"]:map(author)
  meta.affiliation = meta["by-affiliation"]:map(affiliation)
  meta.tags = meta.keywords
  local notes = front.blocks(meta.notice)
  notes:extend(front.terms(meta))
  if meta.draft then
    notes:insert(1, pandoc.Para(meta.draft))
  end
  meta.abstract = meta.abstract and pandoc.MetaBlocks(front.blocks(meta.abstract))
  meta.notes = #notes > 0 and pandoc.MetaBlocks(notes) or nil
  return meta
end

return { { Meta = metadata }, { Figure = figure, Div = division } }
