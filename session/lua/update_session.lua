#!lua
-- Write a session from outside a turn, if it is still as the caller read it and no turn is in progress.

local session = KEYS.session  -- string: the session as JSON
local lease = KEYS.lease      -- hash: who takes the turn
local due = KEYS.due          -- sorted set: what must happen -> when
local events = KEYS.events    -- stream: the event stream
local waiting = KEYS.waiting  -- sorted set: conversation for an agent -> since when
local timers = KEYS.timers    -- hash: name -> what the assistant has planned

local now = tonumber(ARGV.now) or SHARED.NOW            -- ms since the epoch, by the clock of the server
local was = ARGV.was                                    -- the session as the caller read it, '' if there was none
local becomes = ARGV.becomes                            -- the session to write
local forget_at = ARGV.forget_at                        -- when it is forgotten, in ms
local idle_timeout_at = tonumber(ARGV.idle_timeout_at)  -- when the session changes if nothing happens, in ms; 0: never
local member = ARGV.member                              -- the due member of the idle time-out
local event_cap = ARGV.event_cap                        -- about how many events are kept
local conversation = ARGV.conversation                  -- as `waiting` names it
local since = ARGV.since                                -- since when it waits for an agent, in ms; '': it does not wait
local closes = ARGV.closes                              -- 'yes' if somebody closes it, which cancels its timers; else 'no'
local timer_due = ARGV.timer_due                        -- due member: timers ring
local keep_timers_for = ARGV.keep_timers_for            -- ms for which a timer is kept after it was due
local first_change, last_change = ARGV.event            -- names and values of the event, none if nothing happened

local OUTLIVES_CLOSE = SHARED.OUTLIVES_CLOSE            -- pattern: a timer that a close does not cancel
local make_timers_due = SHARED.make_timers_due          -- function: make timers due when the earliest rings

-- Returns {'updated'}, {'busy', until} or {'changed'}. A repeated call finds its own result and returns updated.

local held = redis.call('HMGET', lease, 'until', 'holder')
local ends = tonumber(held[1] or 0)
if ends > now and held[2] ~= '' then
  return {'busy', ends}
end
local stored = redis.call('GET', session)
if stored then
  local expires = redis.call('PEXPIRETIME', session)
  if expires > 0 and expires <= now then
    stored = false
  end
end
stored = stored or ''
if stored == becomes then
  return {'updated'}
end
if stored ~= was then
  return {'changed'}
end

-- A worker whose lease has expired may still be computing: it must not overwrite this change.
if held[2] then
  redis.call('HSET', lease, 'holder', held[2] ~= '' and 'updated' or '')
end

redis.call('SET', session, becomes, 'PXAT', forget_at)
if idle_timeout_at > 0 then
  redis.call('ZADD', due, idle_timeout_at, member)
else
  redis.call('ZREM', due, member)
end
if since ~= '' then
  redis.call('ZADD', waiting, since, conversation)
else
  redis.call('ZREM', waiting, conversation)
end
local change = { unpack(ARGV, first_change, last_change) }
local gone, planned = {}, closes == 'yes' and redis.pcall('HGETALL', timers) or {}
for i = 1, #planned, 2 do
  if not string.find(planned[i + 1], OUTLIVES_CLOSE) then
    gone[#gone + 1] = planned[i]
  end
end
if #gone > 0 then
  redis.call('HDEL', timers, unpack(gone))
  make_timers_due(timers, due, timer_due, now, keep_timers_for)
  change[#change + 1] = 'timers_gone'
  change[#change + 1] = cjson.encode(gone)
end
if #change > 0 then
  redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', 'at', now, unpack(change))
end
return {'updated'}
