#!lua flags=allow-oom
-- Queue a reply before its turn ends, and keep that it was said.

local lease = KEYS.lease    -- hash: who takes the turn
local steps = KEYS.steps    -- hash: what turns that have not ended have done
local outbox = KEYS.outbox  -- list: waiting deliveries, oldest first
local due = KEYS.due        -- sorted set: what must happen -> when
local events = KEYS.events  -- stream: the event stream

local fence = ARGV.fence                      -- the caller's fence
local holder = ARGV.holder                    -- the caller's id
local field = ARGV.field                      -- the early reply
local value = ARGV.value                      -- its text and its deliveries, as JSON
local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local keep_for = ARGV.keep_for                -- ms after which it is forgotten if its turn never ends
local most = tonumber(ARGV.most)              -- deliveries that wait in the outbox, at most
local wake_after = ARGV.wake_after            -- ms after which the sweep wakes again if a wake-up is lost
local member = ARGV.member                    -- due member: replies must be sent
local event_cap = ARGV.event_cap              -- about how many events are kept
local first_reply, last_reply = ARGV.replies  -- its deliveries as JSON, in order
local first_change, last_change = ARGV.event  -- names and values of the event

local refusal = SHARED.refusal  -- function: the answer to a caller who has lost the lease, else nil

-- Returns {'said', the value that is kept, 1 if a delivery must be woken, else 0}, {'full'} if the outbox has no room, or
-- {'stale', fence of the present holder}. What was said before is not queued again.

local refused = refusal(lease, fence, holder)
if refused then
  return refused
end

-- Commands that may fail come before the first write.
local said = redis.call('HGET', steps, field)
if said then
  return {'said', said, 0}
end
if redis.call('LLEN', outbox) + last_reply - first_reply + 1 > most then
  return {'full'}
end
redis.call('ZCARD', due)
redis.call('XLEN', events)

redis.call('HSET', steps, field, value)
redis.call('PEXPIREAT', steps, now + keep_for)
redis.call('RPUSH', outbox, unpack(ARGV, first_reply, last_reply))
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', 'at', now, unpack(ARGV, first_change, last_change))
return {'said', value, redis.call('ZADD', due, 'NX', now + wake_after, member)}
