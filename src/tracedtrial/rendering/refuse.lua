-- Stops at what Quarto knows and the embedded renderer does not, at repeated identifiers and at
-- links to nowhere.

local here = pandoc.path.directory(PANDOC_SCRIPT_FILE)
local shared = dofile(pandoc.path.join({ here, "stop.lua" }))
local classes = { "callout", "column", "columns", "panel", "content", "aside", "margin", "proof" }
local identifiers = { "fig", "lst", "eq", "thm", "lem", "cor", "prp", "cnj", "def", "exm", "exr" }

local function refuse(what, token)
  shared.stop(what .. shared.unsupported, token)
end

local function division(div)
  for _, class in ipairs(div.classes) do
    for _, name in ipairs(classes) do
      if class == name or class:sub(1, #name + 1) == name .. "-" then
        refuse("division '." .. class .. "'", "." .. class)
      end
    end
  end
  for _, name in ipairs(identifiers) do
    if div.identifier:sub(1, #name + 1) == name .. "-" then
      refuse("division '#" .. div.identifier .. "'", "#" .. div.identifier)
    end
  end
  for key in pairs(div.attributes) do
    if key:match("^layout") then
      refuse("attribute '" .. key .. "'", key)
    end
  end
end

local function math(element)
  refuse("TeX mathematics '" .. element.text .. "'", element.text)
end

local function raw(element)
  refuse("raw '{=" .. element.format .. "}'", "{=" .. element.format .. "}")
end

local function figure(element)
  if not element.identifier:match("^fig%-.") then
    local image = element.content[1].content[1]
    refuse("a picture without a fig- label", image.src)
  end
  return nil, false
end

local function image(element)
  refuse("a picture within a paragraph", element.src)
end

local function refuse_repeated(document)
  local known = {}
  local function identified(element)
    local id = element.identifier
    if id ~= "" and known[id] then
      shared.stop("identifier '" .. id .. "' is used twice", id)
    end
    known[id] = true
  end
  local names = { "Header", "Div", "Span", "Figure", "Table", "Link", "Image", "Code", "CodeBlock" }
  local filter = {}
  for _, name in ipairs(names) do
    filter[name] = identified
  end
  document.blocks:walk(filter)
  return known
end

local function refuse_broken(document, known)
  document:walk({
    Link = function(link)
      local id = link.target:match("^#(.+)$")
      if id and not known[id] then
        shared.stop("a link to '#" .. id .. "', which is nowhere", "#" .. id)
      end
    end,
  })
end

function Pandoc(document)
  document:walk({ Div = division, Math = math, RawInline = raw, RawBlock = raw })
  document:walk({ traverse = "topdown", Figure = figure, Image = image })
  refuse_broken(document, refuse_repeated(document))
end
