-- What every filter shares: the render's context, and how to stop.

local M = {}

function M.read(path)
  local file = assert(io.open(path, "r"))
  local text = file:read("a")
  file:close()
  return text
end

M.context = pandoc.json.decode(M.read(os.getenv("RENDER_CONTEXT")), false)

M.markdown = M.context.markdown

M.unsupported = " is not supported by the embedded renderer"

-- Ends pandoc with one line of JSON for Python: the file, the word to look for in it, the message.
function M.stop(message, token, file)
  local place = { message = message, token = token or "", file = file or M.context.source }
  io.stderr:write("RENDER-ERROR " .. pandoc.json.encode(place) .. "\n")
  os.exit(1)
end

function M.text(value)
  return pandoc.utils.stringify(value)
end

return M
