-- Figures, tables, references and the appendix as calls of the typst template's functions.

local here = pandoc.path.directory(PANDOC_SCRIPT_FILE)
local shared = dofile(pandoc.path.join({ here, "stop.lua" }))
local line_characters = 104
local column_room = 3

local function typst(blocks)
  return (pandoc.write(pandoc.Pandoc(blocks), "typst-citations"):gsub("%s+$", ""))
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

local function figure_call(figure)
  local call = "#figure(%s, kind: image, caption: [%s], placement: auto) <%s>"
  local caption = typst(figure.caption.long)
  return raw(call:format(picture(first_image(figure)), caption, figure.identifier))
end

local sides = { AlignLeft = "left", AlignRight = "right", AlignCenter = "center", AlignDefault = "left" }

local function rows_of(tbl)
  local rows = pandoc.List({})
  for _, body in ipairs(tbl.bodies) do
    rows:extend(body.head)
    rows:extend(body.body)
  end
  rows:extend(tbl.foot.rows)
  return rows
end

-- A line does not end after the stroke of n/N.
local function whole_fraction(word)
  if word.text:match("^%a/%a%p?$") then
    return pandoc.Inlines({ pandoc.RawInline("typst", "#box["), word, pandoc.RawInline("typst", "]") })
  end
end

local function cell_call(cell)
  local content = "[" .. typst(cell.contents:walk({ Str = whole_fraction })) .. "]"
  if cell.row_span > 1 or cell.col_span > 1 then
    local spans = "table.cell(colspan: %d, rowspan: %d)%s"
    return spans:format(cell.col_span, cell.row_span, content)
  end
  return content
end

local function row_call(row)
  return table.concat(row.cells:map(cell_call), ", ") .. ","
end

-- The longest line and the longest word of each column, with its room on both sides.
local function extents(tbl)
  local lines, words = {}, {}
  for _, row in ipairs(tbl.head.rows .. rows_of(tbl)) do
    for column, cell in ipairs(row.cells) do
      local text = pandoc.utils.stringify(cell.contents)
      lines[column] = math.max(lines[column] or 0, utf8.len(text) + column_room)
      for word in text:gmatch("[^ ]+") do
        if utf8.len(word) > utf8.len(words[column] or "") then
          words[column] = word
        end
      end
    end
  end
  return lines, words
end

local function sum(numbers)
  local total = 0
  for _, number in ipairs(numbers) do
    total = total + number
  end
  return total
end

-- Each column's share of the width: its longest line where all fit; else its longest word,
-- and of the room left a part in proportion to what it lacks (CSS 2.1, 17.5.2.2).
local function widths(lines, words)
  local least = {}
  for column = 1, #lines do
    least[column] = utf8.len(words[column] or "") + column_room
  end
  local lacking = math.max(sum(lines) - sum(least), 1)
  local share = math.min((line_characters - sum(least)) / lacking, 1)
  local shares = pandoc.List({})
  for column = 1, #lines do
    local width = least[column] + math.max(share, 0) * (lines[column] - least[column])
    shares:insert(("%.1ffr"):format(width))
  end
  return "(" .. table.concat(shares, ", ") .. ",)"
end

local function table_call(tbl, name)
  local longest, words = extents(tbl)
  local lines = pandoc.List({ "manuscript-table(name: " .. quoted(name) .. "," })
  lines:insert("columns: " .. widths(longest, words) .. ",")
  lines:insert("align: (" .. table.concat(tbl.colspecs:map(function(spec)
    return sides[spec[1]]
  end), ", ") .. ",),")
  local quotes = pandoc.List({})
  for column = 1, #tbl.colspecs do
    quotes:insert(quoted(words[column] or ""))
  end
  lines:insert("words: (" .. table.concat(quotes, ", ") .. ",),")
  if #tbl.head.rows > 0 then
    lines:insert("table.header(" .. table.concat(tbl.head.rows:map(row_call), "\n") .. "),")
    lines:insert("table.hline(stroke: 0.5pt),")
  end
  lines:extend(rows_of(tbl):map(row_call))
  return table.concat(lines, "\n") .. ")"
end

local function table_figure(division)
  local tbl = division.content:remove(1)
  local call = '#figure(kind: table, caption: [%s], placement: %s, {\n%s\ntable-notes[%s]\n}) <%s>'
  local placement = #rows_of(tbl) <= 22 and "auto" or "none"
  local caption = typst(tbl.caption.long)
  return raw(call:format(caption, placement, table_call(tbl, division.identifier), typst(division.content), division.identifier))
end

-- citeproc's entries: the number hangs in the margin of the text.
local function reference_list(division)
  local calls = division.content:map(function(entry)
    local mark, text = {}, {}
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
    return call:format(typst({ pandoc.Plain(mark) }), typst({ pandoc.Plain(text) }), entry.identifier)
  end)
  return raw("#reference-list[\n" .. table.concat(calls, "\n") .. "\n]")
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
  end
end

return { { Figure = figure_call, Div = division } }
