-- Figures, tables, references and the appendix as calls of the typst template's functions.

local here = pandoc.path.directory(PANDOC_SCRIPT_FILE)
local shared = dofile(pandoc.path.join({ here, "stop.lua" }))
local columns = dofile(pandoc.path.join({ here, "columns.lua" }))

local mark = "\u{1}"

local function typst(blocks)
  return (pandoc.write(pandoc.Pandoc(blocks), "typst-citations"):gsub("%s+$", ""))
end

-- Many lists of blocks, each as typst; one call of the writer is faster than many.
local function typst_each(lists)
  local all = pandoc.Blocks({})
  for _, blocks in ipairs(lists) do
    all:extend(blocks)
    all:insert(pandoc.RawBlock("typst", mark))
  end
  local texts = pandoc.List({})
  for text in typst(all):gmatch("([^" .. mark .. "]*)" .. mark) do
    texts:insert((text:gsub("^%s+", ""):gsub("%s+$", "")))
  end
  return texts
end

local function quoted(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"') .. '"'
end

local function raw(text)
  return pandoc.RawBlock("typst", text)
end

local function picture(image)
  local source = image.attributes.svg or image.src
  local _, contents = pandoc.mediabag.fetch(source)
  local name = pandoc.utils.sha1(contents) .. source:match("%.%w+$")
  local file = assert(io.open(pandoc.path.join({ shared.context.media, name }), "wb"))
  file:write(contents)
  file:close()
  local call = "image(%s, alt: %s, width: 100%%)"
  return call:format(quoted("/media/" .. name), quoted(image.attributes.alt))
end

local function first_image(figure)
  local found
  figure:walk({ Image = function(image) found = found or image end })
  return found
end

local function supplementary(element)
  return (element.attributes.number or ""):match("^S%d+$")
end

-- A supplementary display has its own number, and its place in the other series is given back.
local function own_number(element)
  local number = supplementary(element)
  return number and ', numbering: _ => "' .. number .. '"' or ""
end

local function not_counted(element, kind)
  local update = "\n#counter(figure.where(kind: %s)).update(n => n - 1)"
  return supplementary(element) and update:format(kind) or ""
end

local function figure_call(figure)
  local call = "#figure(%s, kind: image, caption: [%s], placement: %s%s) <%s>"
  local caption = typst(figure.caption.long)
  local placement = supplementary(figure) and "none" or "auto"
  local shown, number = picture(first_image(figure)), own_number(figure)
  local text = call:format(shown, caption, placement, number, figure.identifier)
  return raw(text .. not_counted(figure, "image"))
end

local sides = { AlignLeft = "left", AlignRight = "right", AlignCenter = "center" }

-- A line does not end after the stroke of n/N.
local function whole_fraction(word)
  if word.text:match("^%a/%a%p?$") then
    local open, close = pandoc.RawInline("typst", "#box["), pandoc.RawInline("typst", "]")
    return pandoc.Inlines({ open, word, close })
  end
end

local function cell_call(cell, content)
  if cell.row_span > 1 or cell.col_span > 1 then
    local spans = "table.cell(colspan: %d, rowspan: %d)[%s]"
    return spans:format(cell.col_span, cell.row_span, content)
  end
  return "[" .. content .. "]"
end

-- Each row as the arguments of a typst table.
local function row_calls(rows)
  local cells = pandoc.List({})
  for _, row in ipairs(rows) do
    cells:extend(row.cells)
  end
  local contents = typst_each(cells:map(function(cell)
    return cell.contents:walk({ Str = whole_fraction })
  end))
  return rows:map(function(row)
    return table.concat(row.cells:map(function(cell)
      return cell_call(cell, contents:remove(1))
    end), ", ") .. ","
  end)
end

local function list(values, format)
  return "(" .. table.concat(values:map(format), ", ") .. ",)"
end

local function table_call(tbl, name)
  local shares, words = columns.shares(tbl)
  local lines = pandoc.List({ "manuscript-table(name: " .. quoted(name) .. "," })
  local function width(share) return ("%.4ffr"):format(share) end
  local function side(spec) return sides[spec[1]] or "left" end
  lines:insert("columns: " .. list(shares, width) .. ",")
  lines:insert("align: " .. list(tbl.colspecs, side) .. ",")
  lines:insert("words: " .. list(pandoc.List(words), quoted) .. ",")
  if #tbl.head.rows > 0 then
    lines:insert("table.header(" .. table.concat(row_calls(tbl.head.rows), "\n") .. "),")
    lines:insert("table.hline(stroke: 0.5pt),")
  end
  lines:extend(row_calls(columns.rows_of(tbl)))
  return table.concat(lines, "\n") .. ")"
end

-- A table that may be longer than a page stays where it is, and breaks; so does a supplementary one.
local function table_figure(division)
  local id = division.identifier
  local tbl = division.content:remove(1)
  local call = "#figure(kind: table, caption: [%s], placement: %s%s, {\n%s\ntable-notes[%s]\n}) <%s>"
  local floats = #columns.rows_of(tbl) <= 22 and not supplementary(division)
  local placement = floats and "auto" or "none"
  call = (floats and "" or "#place.flush()\n") .. call -- no figure within a table that goes on
  local caption, notes = typst(tbl.caption.long), typst(division.content)
  local text = call:format(caption, placement, own_number(division), table_call(tbl, id), notes, id)
  return raw(text .. not_counted(division, "table"))
end

-- citeproc's entries: the number hangs in the margin of the text.
local function reference_list(division)
  local calls = division.content:map(function(entry)
    local mark, text = {}, pandoc.utils.blocks_to_inlines(entry.content)
    entry:walk({
      Span = function(span)
        if span.classes:includes("csl-left-margin") then
          mark = span.content
        elseif span.classes:includes("csl-right-inline") then
          text = span.content
        end
      end,
    })
    local call = "#reference-entry([%s], [%s]) <%s>"
    mark, text = typst({ pandoc.Plain(mark) }), typst({ pandoc.Plain(text) })
    return call:format(mark, text, entry.identifier)
  end)
  return raw("#reference-list[\n" .. table.concat(calls, "\n") .. "\n]")
end

-- The supplement begins a page, and its displays stay where they are.
local function supplement(division)
  return pandoc.Blocks({ raw("#pagebreak(weak: true)"), division })
end

local function appendix(division)
  division.classes = division.classes:filter(function(class) return class ~= "appendix" end)
  return pandoc.Blocks({ raw("#appendix["), division, raw("]") })
end

local function division(div)
  if div.classes:includes("table") then
    return table_figure(div)
  elseif div.identifier == "refs" then
    return reference_list(div)
  elseif div.classes:includes("appendix") then
    return appendix(div)
  elseif div.classes:includes("supplement") then
    return supplement(div)
  end
end

return { { Figure = figure_call, Div = division } }
