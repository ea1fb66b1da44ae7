-- Resolves Quarto's shortcodes var, meta and include, in prose, captions, tables and metadata.

local here = pandoc.path.directory(PANDOC_SCRIPT_FILE)
local shared = dofile(pandoc.path.join({ here, "stop.lua" }))
local metadata
local file = shared.context.source
local parsed = {}

local function inlines(name, text)
  if not parsed[name] then
    local blocks = pandoc.read(text, shared.markdown, PANDOC_READER_OPTIONS).blocks
    parsed[name] = pandoc.utils.blocks_to_inlines(blocks)
  end
  return parsed[name]:clone()
end

local function variable(name)
  local value = shared.context.variables[name]
  if not value then
    shared.stop("unknown variable '" .. name .. "'", name, file)
  end
  return inlines(name, value)
end

local function metadata_value(key)
  local value = metadata
  for part in key:gmatch("[^.]+") do
    value = type(value) == "table" and value[part] or nil
  end
  local kind = pandoc.utils.type(value)
  if kind == "Inlines" then
    return value:clone()
  elseif kind == "string" then
    return pandoc.Inlines(value)
  end
  shared.stop("unknown metadata key '" .. key .. "'", "meta " .. key, file)
end

local function replacement(words)
  local name, argument = words[1], words[2]
  if name == "var" and #words == 2 then
    return variable(argument)
  elseif name == "meta" and #words == 2 then
    return metadata_value(argument)
  elseif name == "include" then
    shared.stop("an include must be a paragraph of its own", "include " .. (argument or ""), file)
  end
  local shortcode = table.concat(words, " ")
  shared.stop("shortcode '" .. shortcode .. "'" .. shared.unsupported, shortcode, file)
end

-- The words between {{< and >}}, the text before and after, and the place of the last inline.
local function shortcode_at(list, start)
  local before, rest = list[start].text:match("^(.-){{<(.*)$")
  local words = rest ~= "" and { rest } or {}
  for place = start + 1, #list do
    local item = list[place]
    local text = item.t == "Str" and item.text or ""
    local last, after = text:match("^(.-)>}}(.*)$")
    if last then
      table.insert(words, last ~= "" and last or nil)
      return words, before, after, place
    elseif item.t == "Str" then
      table.insert(words, text)
    elseif item.t ~= "Space" and item.t ~= "SoftBreak" then
      break
    end
  end
  shared.stop("a shortcode is not in the form {{< name argument >}}", "{{<", file)
end

local function opens(item)
  if item.t == "Str" and item.text:match("{{$") then
    shared.stop("a shortcode is not in the form {{< name argument >}}", "{{", file)
  end
  return item.t == "Str" and item.text:find("{{<", 1, true)
end

local function has_shortcode(list)
  for _, item in ipairs(list) do
    if opens(item) then
      return true
    end
  end
end

local function resolved(list)
  if not has_shortcode(list) then
    return nil
  end
  local done, place = pandoc.Inlines({}), 1
  while place <= #list do
    if opens(list[place]) then
      local words, before, after, last = shortcode_at(list, place)
      done:insert(before ~= "" and pandoc.Str(before) or nil)
      local value = replacement(words)
      done:extend(resolved(value) or value)
      list[last] = pandoc.Str(after)
      place = last
    else
      done:insert(list[place])
      place = place + 1
    end
  end
  return done:filter(function(item) return item.t ~= "Str" or item.text ~= "" end)
end

local function refuse_code(code)
  local inline = code.t == "Code" and code.text:match("^{%a+}")
  if inline then
    shared.stop("inline code '" .. inline .. "'" .. shared.unsupported, inline, file)
  elseif code.text:find("{{<", 1, true) then
    shared.stop("a shortcode in code" .. shared.unsupported, "{{<", file)
  end
end

local function refuse_image(image)
  for _, value in pairs(image.attributes) do
    if value:find("{{<", 1, true) then
      shared.stop("a shortcode in an image's attribute" .. shared.unsupported, "{{<", file)
    end
  end
end

local checks = { Code = refuse_code, CodeBlock = refuse_code, Image = refuse_image }

local function include_of(paragraph)
  local first = paragraph.content[1]
  if first.t == "Str" and first.text == "{{<" then
    return shared.text(paragraph):match("^{{<%s+include%s+(%S+)%s+>}}$")
  end
end

-- The blocks with every include replaced by the file's own blocks, their shortcodes resolved.
local function included(blocks)
  return blocks:walk({
    Para = function(paragraph)
      local path = include_of(paragraph)
      local text = shared.context.included[path]
      if not text then
        return nil
      end
      local outer = file
      file = path
      local inner = included(pandoc.read(text, shared.markdown, PANDOC_READER_OPTIONS).blocks)
      inner = inner:walk(checks):walk({ Inlines = resolved })
      file = outer
      return inner
    end,
  })
end

function Pandoc(document)
  metadata = document.meta
  document.blocks = included(document.blocks)
  return document:walk(checks):walk({ Inlines = resolved })
end
