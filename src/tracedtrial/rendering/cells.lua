-- Puts the outputs of executed cells in their places, as figures, tables and Markdown.

local here = pandoc.path.directory(PANDOC_SCRIPT_FILE)
local shared = dofile(pandoc.path.join({ here, "stop.lua" }))
local figure_type = "application/vnd.trial.figure+json"

local function markdown(text)
  return pandoc.read(text, shared.markdown, PANDOC_READER_OPTIONS).blocks
end

local function stop(cell, message)
  shared.stop(message, "label: " .. cell.label)
end

local function caption(cell, key)
  if not cell[key] then
    stop(cell, "cell '" .. cell.label .. "' has no " .. key)
  end
  return markdown(cell[key])
end

local function source(cell)
  return pandoc.CodeBlock(cell.code, pandoc.Attr("", { "python" }))
end

local function picture(cell, output, alt)
  local attributes = { alt = alt, png = output.png }
  local figure = output[figure_type]
  if figure then
    attributes.svg = figure.folder .. "/" .. figure.name .. ".svg"
    if not io.open(attributes.svg) then
      stop(cell, "no such picture '" .. attributes.svg .. "'")
    end
  end
  return pandoc.Image({}, attributes.svg or output.png, "", pandoc.Attr("", {}, attributes))
end

local function figure(cell, output)
  local alt = cell["fig-alt"]
  if not alt then
    stop(cell, "cell '" .. cell.label .. "' has no fig-alt")
  end
  local image = pandoc.Plain({ picture(cell, output, alt) })
  return pandoc.Figure({ image }, { long = caption(cell, "fig-cap") }, pandoc.Attr(cell.label))
end

local function table_division(cell, blocks)
  local first = blocks[1]
  if not first or first.t ~= "Table" then
    stop(cell, "the output of cell '" .. cell.label .. "' does not begin with a table")
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
    stop(cell, "cell '" .. cell.label .. "' must display one item, but displays " .. #cell.outputs)
  end
  if kind == "tbl" and not cell.outputs[1]["text/markdown"] then
    stop(cell, "the output of cell '" .. cell.label .. "' does not begin with a table")
  elseif kind == "fig" and not cell.outputs[1].png then
    stop(cell, "the output of cell '" .. cell.label .. "' is no picture")
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
