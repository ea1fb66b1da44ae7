-- How wide the columns of a table are, from the texts in them.

local M = {}
local line_characters = 104
local column_room = 3

-- The rows under the head, in order.
function M.rows_of(tbl)
  local rows = pandoc.List({})
  for _, body in ipairs(tbl.bodies) do
    rows:extend(body.head)
    rows:extend(body.body)
  end
  rows:extend(tbl.foot.rows)
  return rows
end

local function longest_word(text)
  local longest = ""
  for word in text:gmatch("[^ ]+") do
    longest = utf8.len(word) > utf8.len(longest) and word or longest
  end
  return longest
end

-- The line that each column asks for, in characters with its room, and its longest word.
-- A long head may be broken in two.
local function extents(tbl)
  local lines, words = {}, {}
  for number, row in ipairs(tbl.head.rows .. M.rows_of(tbl)) do
    for column, cell in ipairs(row.cells) do
      local text = pandoc.utils.stringify(cell.contents)
      local word = longest_word(text)
      local line = utf8.len(text)
      if number <= #tbl.head.rows and line > 12 then
        line = math.max(utf8.len(word), line // 2 + 3)
      end
      lines[column] = math.max(lines[column] or 0, line + column_room)
      words[column] = longest_word((words[column] or "") .. " " .. word)
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

-- Each column's share of the width, and its longest word. Where all lines fit, a share is the
-- longest line; else the longest word, and of the room left a part in proportion to what it
-- lacks (CSS 2.1, 17.5.2.2).
function M.shares(tbl)
  local lines, words = extents(tbl)
  local least, shares = {}, pandoc.List({})
  for column = 1, #lines do
    least[column] = utf8.len(words[column]) + column_room
  end
  local lacking = math.max(sum(lines) - sum(least), 1)
  local part = math.max(math.min((line_characters - sum(least)) / lacking, 1), 0)
  for column = 1, #lines do
    shares:insert(least[column] + part * (lines[column] - least[column]))
  end
  local total = sum(shares)
  return shares:map(function(share) return share / total end), words
end

return M
