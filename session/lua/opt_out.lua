#!lua flags=allow-oom
-- Note that a customer has opted out at the provider, with an event if that is new. Nothing that is planned happens any more.

local opt_out = KEYS.opt_out  -- string: when the customer opted out, in ms
local events = KEYS.events    -- stream: the event stream
local timers = KEYS.timers    -- hash: name -> what the assistant has planned
local due = KEYS.due          -- sorted set: what must happen -> when
local alias = KEYS.alias      -- string: where the customer is now
local outbox = KEYS.outbox    -- list: waiting deliveries

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local event_cap = ARGV.event_cap              -- about how many events are kept
local timer_due = ARGV.timer_due              -- due member: timers ring
local here = ARGV.here                        -- 'yes': it is noted here, wherever the name leads
local first_change, last_change = ARGV.event  -- names and values of the event

local drop_timers = SHARED.drop_timers  -- function: remove all timers

-- Returns {'opted out', 1 if that is new else 0}; {'moved'}, and nothing is written, if the customer is known by another name. What
-- still waits to be sent here moves later, and the opt-out with it.

if here ~= 'yes' and redis.call('EXISTS', alias) == 1 and redis.call('EXISTS', outbox) == 0 then
  return {'moved'}
end
if redis.call('EXISTS', opt_out) == 1 then
  return {'opted out', 0}
end
redis.call('XLEN', events)
local change = { unpack(ARGV, first_change, last_change) }
local gone = drop_timers(timers, due, timer_due)
if gone then
  change[#change + 1] = 'timers_gone'
  change[#change + 1] = gone
end
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', 'at', now, unpack(change))
redis.call('SET', opt_out, now)
return {'opted out', 1}
