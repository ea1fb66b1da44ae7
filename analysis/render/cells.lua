-- Puts the outputs of executed cells in their places, as figures, tables and Markdown.

local here = pandoc.path.directory(PANDOC_SCRIPT_FILE)
local shared = dofile(pandoc.path.join({ here, "stop.lua" }))
local figure_type = "application/vnd.trial.figure+json"

local function markdown(text)
  return pandoc.read(text, "markdown", PANDOC_READER_OPTIONS).blocks
end

local function caption(cell, key)
  local text = cell[key]
  if not text then
    shared.stop("cell '" .. cell.label .. "' has no " .. key, cell.label)
  end
  return markdown(text)
end

local function source(cell)
  return pandoc.CodeBlock(cell.code, pandoc.Attr("", { "python" }))
end

local function picture(cell, output, alt)
  local attributes = { alt = alt, png = output.png }
  local figure = output[figure_type]
  if figure then
    attributes.svg = figure.folder .. "/" .. figure.name .. ".svg"
  end
  return pandoc.Image({}, attributes.svg or output.png, "", pandoc.Attr("", {}, attributes))
end

local function figure(cell, output)
  local alt = cell["fig-alt"]
  if not alt then
    shared.stop("figure cell '" .. cell.label .. "' has no fig-alt", cell.label)
  end
  local image = pandoc.Plain({ picture(cell, output, alt) })
  return pandoc.Figure({ image }, { long = caption(cell, "fig-cap") }, pandoc.Attr(cell.label))
end

local function table_division(cell, blocks)
  local first = blocks[1]
  if not first or first.t ~= "Table" then
    shared.stop("the output of table cell '" .. cell.label .. "' does not begin with a table", cell.label)
  end
  first.caption = pandoc.Caption(caption(cell, "tbl-cap"))
  return pandoc.Div(blocks, pandoc.Attr(cell.label))
end

local function displayed(cell, output)
  if output["text/markdown"] then
    local blocks = markdown(output["text/markdown"])
    return cell.label:match("^tbl%-") and { table_division(cell, blocks) } or blocks
  elseif output.png then
    return { cell.label:match("^fig%-") and figure(cell, output)
      or pandoc.Para({ picture(cell, output, cell["fig-alt"] or "") }) }
  end
  return { pandoc.CodeBlock(output["text/plain"]) }
end

local function one_display(cell)
  local kind = cell.label:match("^(%a+)%-")
  if (kind == "tbl" or kind == "fig") and #cell.outputs ~= 1 then
    local count = #cell.outputs .. " outputs"
    shared.stop("cell '" .. cell.label .. "' must display one item, but has " .. count, cell.label)
  end
  if kind == "fig" and not cell.outputs[1].png then
    shared.stop("the output of figure cell '" .. cell.label .. "' is no image", cell.label)
  end
end

local function placed(division)
  if not division.classes:includes("cell-output") then
    return nil
  end
  local cell = shared.context.cells[tonumber(division.attributes.number) + 1]
  local blocks = pandoc.Blocks({})
  if cell.echo then
    blocks:insert(source(cell))
  end
  if cell.output then
    one_display(cell)
    for _, output in ipairs(cell.outputs) do
      blocks:extend(displayed(cell, output))
    end
  end
  return blocks
end

return { { Div = placed } }
