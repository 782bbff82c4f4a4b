#!lua flags=allow-oom
-- Take the lease of an outbox, and return its oldest deliveries. From now on the first one counts as being sent.

local lease = KEYS.lease            -- hash: who sends
local outbox = KEYS.outbox          -- list: waiting deliveries, oldest first
local due = KEYS.due                -- sorted set: what must happen -> when
local fences = KEYS.fences          -- counter: the last fence given out
local paused = KEYS.paused          -- hash: sender -> why nothing is sent through it
local deliveries = KEYS.deliveries  -- hash: delivery id -> its state
local opt_out = KEYS.opt_out        -- string: when the customer opted out, in ms
local silence = KEYS.silence        -- string: which replies of the assistant are not sent
local stop = KEYS.stop              -- string: which replies are not sent, those of agents too
local marketing = KEYS.marketing    -- string: what the customer wishes about marketing messages, as JSON

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local holder = ARGV.holder                    -- id of this call; a repeated call finds its own lease
local lease_for = ARGV.lease_for              -- ms after which the lease expires
local limit = tonumber(ARGV.limit)            -- the most deliveries to return
local member = ARGV.member                    -- the due member of the outbox
local garbage = ARGV.garbage                  -- ms after which Redis may remove an abandoned lease

-- Returns {'held', until, the present time in ms}, {'empty'} or {'taken', fence, the present time in ms, attempt, how many sends of the first delivery are in doubt,
-- 1 if the latest of them was interrupted just now, without a wait for its status yet, else 0, its state or '',
-- 1 if the customer has opted out else 0, the silence or '', the stop or '', the wish or '', number of paused senders, sender, why, ..., delivery, ...}.

-- `sending` is 1 while the first delivery may be being sent, or waits for its status; 2 if its send was interrupted, and the
-- wait for its status must come before the next send.
local held = redis.call('HMGET', lease, 'until', 'holder', 'attempts', 'sending', 'doubts')
local mine = held[2] == holder
if tonumber(held[1] or 0) > now and not mine then
  return {'held', tonumber(held[1]), now}
end

local waiting = redis.call('LRANGE', outbox, 0, limit - 1)
if #waiting == 0 then
  redis.call('DEL', lease)
  redis.call('ZREM', due, member)
  return {'empty'}
end

local doubts = tonumber(held[5] or 0)
local interrupted = held[4] == '2' and 1 or 0
if held[4] == '1' and not mine then
  if held[2] ~= '' then
    -- The worker that sent it has died, or hangs.
    doubts, interrupted = doubts + 1, 1
  end
  doubts = math.max(1, doubts)
end
-- Commands that may fail come before the lease is taken: a doubt about the first delivery must not be lost.
local known, senders, silenced = '', redis.call('HGETALL', paused), redis.call('GET', silence) or ''
local stopped = redis.call('GET', stop) or ''
local readable, first = doubts > 0, nil
if readable then
  readable, first = pcall(cjson.decode, waiting[1])
end
if readable and type(first) == 'table' and type(first.id) == 'string' then
  known = redis.call('HGET', deliveries, first.id) or ''
end
redis.call('ZCARD', due)

local fence, till = redis.call('INCR', fences), now + lease_for
local attempt = tonumber(held[3] or 0) + (mine and 0 or 1)
redis.call('HSET', lease, 'fence', fence, 'holder', holder, 'until', till, 'attempts', attempt,
  'sending', 1 + interrupted, 'doubts', doubts)
redis.call('PEXPIREAT', lease, now + garbage)
redis.call('ZADD', due, till, member)

local reply = {'taken', fence, now, attempt, doubts, interrupted, known, redis.call('EXISTS', opt_out), silenced, stopped,
  redis.call('MGET', marketing)[1] or '', #senders / 2}
for _, value in ipairs(senders) do
  reply[#reply + 1] = value
end
for _, delivery in ipairs(waiting) do
  reply[#reply + 1] = delivery
end
return reply
