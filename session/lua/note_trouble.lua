#!lua flags=allow-oom
-- Store a provider's warning about an account or a sender, or its end; a change is an event.

local troubles = KEYS.troubles  -- hash: subject and kind -> the trouble as JSON
local events = KEYS.events      -- stream: the event stream

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local name = ARGV.name                        -- subject and kind
local record = ARGV.record                    -- the trouble as JSON, '' if it is over
local says = ARGV.says                        -- its code and words, by which a repeated warning is recognised
local at_most = tonumber(ARGV.at_most)        -- how many are stored
local event_cap = ARGV.event_cap              -- about how many events are kept
local first_change, last_change = ARGV.event  -- names and values of the event

-- Returns {'noted', 1 if something changed else 0}.

local stored = redis.call('HGET', troubles, name)
if record == '' then
  if not stored then
    return {'noted', 0}
  end
  redis.call('HDEL', troubles, name)
else
  if stored then
    local readable, known = pcall(cjson.decode, stored)
    if readable and type(known) == 'table' and tostring(known.code) .. ': ' .. tostring(known.words) == says then
      return {'noted', 0}
    end
  end
  if stored or redis.call('HLEN', troubles) < at_most then
    redis.call('HSET', troubles, name, record)
  end
end
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', 'at', now, unpack(ARGV, first_change, last_change))
return {'noted', 1}
