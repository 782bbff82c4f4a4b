#!lua flags=allow-oom
-- Store a changed definition of a message template with its event, if nobody has changed it since it was read.

local templates = KEYS.templates  -- hash: account, name and language -> the definition as JSON
local events = KEYS.events        -- stream: the event stream

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local name = ARGV.name                        -- account, name and language
local was = ARGV.was                          -- the definition as it was read, '' if there was none
local becomes = ARGV.becomes                  -- the same after the change, '' if it is removed
local event_cap = ARGV.event_cap              -- about how many events are kept
local first_change, last_change = ARGV.event  -- names and values of the event

-- Returns {'noted'}, or {'changed'} if it is another one by now.

if (redis.call('HGET', templates, name) or '') ~= was then
  return {'changed'}
end
redis.call('XLEN', events)
if becomes == '' then
  redis.call('HDEL', templates, name)
else
  redis.call('HSET', templates, name, becomes)
end
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', 'at', now, unpack(ARGV, first_change, last_change))
return {'noted'}
