-- Figures and tables as captioned figures, and what a number tells under pointer or focus.

local here = pandoc.path.directory(PANDOC_SCRIPT_FILE)
local shared = dofile(pandoc.path.join({ here, "stop.lua" }))

local function html(text)
  return pandoc.RawBlock("html", text)
end

local function label(name, element)
  return pandoc.Inlines({
    pandoc.Strong({ pandoc.Str(name .. "\u{a0}" .. element.attributes.number .. ".") }),
    pandoc.Space(),
  })
end

local function caption(name, element, long)
  local blocks = pandoc.Blocks({ html("<figcaption>") })
  blocks:insert(pandoc.Plain(label(name, element) .. pandoc.utils.blocks_to_inlines(long)))
  blocks:insert(html("</figcaption>"))
  return blocks
end

local function figure(element)
  local picture
  element:walk({
    Image = function(image)
      local source = image.attributes.svg or image.src
      picture = pandoc.Image({}, source, "", { alt = image.attributes.alt })
    end,
  })
  local blocks = pandoc.Blocks({ html('<figure id="' .. element.identifier .. '">') })
  blocks:insert(pandoc.Plain({ picture }))
  blocks:extend(caption("Figure", element, element.caption.long))
  blocks:insert(html("</figure>"))
  return blocks
end

local function table_figure(division)
  local notes = division.content:clone()
  local tbl = notes:remove(1)
  local blocks = pandoc.Blocks({ html('<figure id="' .. division.identifier .. '">') })
  blocks:extend(caption("Table", division, tbl.caption.long))
  tbl.caption = {}
  tbl.colspecs = tbl.colspecs:map(function(spec) return { spec[1] } end)
  blocks:insert(pandoc.Div({ tbl }, pandoc.Attr("", { "scroll" }, { tabindex = "0" })))
  blocks:insert(pandoc.Div(notes, pandoc.Attr("", { "notes" })))
  blocks:insert(html("</figure>"))
  return blocks
end

local function division(element)
  if element.classes:includes("table") then
    return table_figure(element)
  end
end

local function number(link)
  if link.classes:includes("number") then
    link.attributes["data-tip"] = shared.context.tips[link.target:sub(2)]
    return link
  end
end

return { { Link = number }, { Figure = figure, Div = division } }
