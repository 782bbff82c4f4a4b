#!lua
-- Keep a raw body in the intake, and say whether somebody must be woken to drain it. Nothing is kept where the server's
-- memory is used up to a mark: what is accepted already needs the rest.

local intake  = KEYS[1]  -- stream: raw bodies, oldest first
local due     = KEYS[2]  -- sorted set: what must happen -> when

local source  = ARGV[1]  -- the endpoint it came in by
local at      = ARGV[2]  -- when it came, in ms
local body    = ARGV[3]  -- the bytes as they were received
local member  = ARGV[4]  -- the due member of the intake
local wake_by = ARGV[5]  -- when the sweep wakes again if this wake-up is lost, in ms
local mark    = tonumber(ARGV[6])  -- per cent of the server's memory above which nothing is kept; 100: it decides
local format  = ARGV[7]  -- of the body, where a worker of the release before could not read it; '' for the first

-- Returns {'stored', 1 if a wake-up must be published, else 0} or {'full', per cent of the memory that are used}.

-- Read here and not beforehand: it costs no round trip, and in a cluster it is the memory of the right server.
local memory = mark < 100 and redis.pcall('INFO', 'memory')
if type(memory) == 'string' then
  local function bytes(name)
    return tonumber(string.match(memory, '\n' .. name .. ':(%d+)') or 0)
  end
  local limit = bytes('maxmemory')
  local used = bytes('used_memory') - bytes('mem_not_counted_for_evict')  -- the body is in it already
  if limit > 0 and used * 100 >= limit * mark then
    return {'full', math.floor(used * 100 / limit)}
  end
end

local beside = format ~= '' and {'format', format} or {}
redis.call('XADD', intake, '*', 'source', source, 'at', at, 'body', body, unpack(beside))
return {'stored', redis.call('ZADD', due, 'NX', wake_by, member)}
