#!lua flags=allow-oom
-- Take the first delivery off an outbox: it was sent, or it never will be. The next one counts as being sent.

local lease      = KEYS[1]  -- hash: who sends
local outbox     = KEYS[2]  -- list: waiting deliveries, oldest first
local deliveries = KEYS[3]  -- hash: delivery id -> how far it came
local due        = KEYS[4]  -- sorted set: what must happen -> when
local fences     = KEYS[5]  -- counter: the last fence given out
local events     = KEYS[6]  -- stream: what happened
local dead       = KEYS[7]  -- stream: dead letters
local silence    = KEYS[8]  -- string: which replies of the assistant are not sent
local stop       = KEYS[9]  -- string: which replies are not sent, whoever says them
local sent       = KEYS[10] -- list: deliveries that were accepted last, newest first

local fence      = ARGV[1]             -- the caller's fence
local holder     = ARGV[2]             -- the caller's id
local till       = ARGV[3]             -- when the lease runs out if it goes on, in ms
local member     = ARGV[4]             -- the due member of the outbox
local id         = ARGV[5]             -- the delivery
local state      = ARGV[6]             -- how far it came
local forget_at  = ARGV[7]             -- when the states expire, in ms
local event_cap  = ARGV[8]             -- about how many events are kept
local n_changes  = tonumber(ARGV[9])   -- names and values of what happened, together
local sent_till  = ARGV[10]            -- until when what was accepted is kept, in ms
local first_change = 11                -- ARGV[11..]: names and values of the event
local first_dead = 11 + n_changes      -- then the fields of a dead letter, if it is one

-- Returns {'settled', deliveries left, fence to go on with or 0, the silence or '', the stop or ''} or {'stale', fence
-- of the present holder}.

local held = redis.call('HMGET', lease, 'fence', 'holder')
if held[1] ~= fence or held[2] ~= holder then
  return {'stale', tonumber(held[1] or 0)}
end

-- Whatever may fail does so before anything is written: a delivery that is off its outbox is never seen again.
local silenced, stopped = redis.call('GET', silence) or '', redis.call('GET', stop) or ''
-- A callback of the provider can be quicker than its answer to us: what it said stands.
local stands = redis.call('HGET', deliveries, id)
redis.call('ZCARD', due)
redis.call('XLEN', events)
redis.call('XLEN', dead)

redis.call('LLEN', sent)

local entry = redis.call('LPOP', outbox)
if entry and state ~= 'failed' and state ~= 'cancelled' and state ~= 'unknown' then
  -- A status may say later that it has failed after all: then it is a dead letter that can be put back.
  redis.call('LPUSH', sent, entry)
  redis.call('LTRIM', sent, 0, 19)
  redis.call('PEXPIREAT', sent, sent_till)
end
if not stands or stands == 'unknown' then
  if redis.call('HLEN', deliveries) >= 100 then
    -- A hash of this size keeps short ids in the order of their insertion: the older half goes.
    local ids = redis.call('HKEYS', deliveries)
    redis.call('HDEL', deliveries, unpack(ids, 1, 50))
  end
  redis.call('HSET', deliveries, id, state)
end
redis.call('PEXPIREAT', deliveries, forget_at)
redis.call('XADD', events, 'MAXLEN', '~', event_cap, '*', unpack(ARGV, first_change, first_dead - 1))
if first_dead <= #ARGV then
  redis.call('XADD', dead, '*', unpack(ARGV, first_dead, #ARGV))
end

local left = redis.call('LLEN', outbox)
if left == 0 then
  redis.call('DEL', lease)
  redis.call('ZREM', due, member)
  return {'settled', 0, 0, '', ''}
end
local next_fence = redis.call('INCR', fences)
redis.call('HSET', lease, 'fence', next_fence, 'until', till, 'attempts', 1, 'sending', 1, 'doubts', 0)
redis.call('ZADD', due, till, member)
return {'settled', left, next_fence, silenced, stopped}
