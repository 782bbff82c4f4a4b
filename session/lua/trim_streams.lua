#!lua flags=allow-oom
-- Remove events and dead letters that are too old, and the oldest letters if there are too many.

local events = KEYS.events      -- stream: the event stream
local dead = KEYS.dead          -- stream: dead letters
local counters = KEYS.counters  -- hash: the counters

local events_for = tonumber(ARGV.events_for)    -- how long an event is kept, in ms
local letters_for = tonumber(ARGV.letters_for)  -- how long a dead letter is kept, in ms
local most = tonumber(ARGV.most)                -- the most dead letters
local share = tonumber(ARGV.share)              -- the memory that they may take, in per cent of the server's limit

local NOW = SHARED.NOW  -- the present time in ms, by the clock of the server: the ids of the streams are such times

-- Returns {'trimmed', events, letters that were too old, letters that were too many}.

local function older(stream, age)
  return redis.call('XTRIM', stream, 'MINID', '=', string.format('%.0f', math.max(0, NOW - age)))
end

local gone = older(events, events_for)
local old = older(dead, letters_for)
local many = redis.call('XTRIM', dead, 'MAXLEN', '=', most)

-- A letter may contain a whole body.
local memory = redis.pcall('INFO', 'memory')
local limit = type(memory) == 'string' and tonumber(string.match(memory, '\nmaxmemory:(%d+)') or 0) * share / 100 or 0
local left = redis.call('XLEN', dead)
while limit > 0 and left > 0 do
  local used = redis.pcall('MEMORY', 'USAGE', dead, 'SAMPLES', 0)
  if type(used) ~= 'number' or used <= limit then
    break
  end
  -- A tenth at a time, because the sizes of letters differ by a factor of a thousand.
  many = many + redis.call('XTRIM', dead, 'MAXLEN', '=', math.floor(left * 0.9))
  left = redis.call('XLEN', dead)
end

if old > 0 then
  redis.pcall('HINCRBY', counters, 'letters_dropped|age', old)
end
if many > 0 then
  redis.pcall('HINCRBY', counters, 'letters_dropped|number', many)
end
return {'trimmed', gone, old, many}
