#!lua flags=allow-oom
-- Note that a customer has opted out at the provider, with an event if that is new.

local opt_out = KEYS.opt_out  -- string: when the customer opted out, in ms
local events = KEYS.events    -- stream: the event stream

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local event_cap = ARGV.event_cap              -- about how many events are kept
local first_change, last_change = ARGV.event  -- names and values of the event

-- Returns {'opted out', 1 if that is new else 0}.

if redis.call('EXISTS', opt_out) == 1 then
  return {'opted out', 0}
end
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', 'at', now, unpack(ARGV, first_change, last_change))
redis.call('SET', opt_out, now)
return {'opted out', 1}
