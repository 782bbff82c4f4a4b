#!lua flags=allow-oom
-- Take the lease of a conversation, and return the session, the waiting messages and the uses of the limits.

local lease = KEYS.lease                           -- hash: who takes the turn
local session = KEYS.session                       -- string: the session as JSON; it is kept until its expiry
local mailbox = KEYS.mailbox                       -- list: waiting messages and actions, oldest first
local due = KEYS.due                               -- sorted set: what must happen -> when
local fences = KEYS.fences                         -- counter: the last fence given out
local opt_out = KEYS.opt_out                       -- string: when the customer opted out, in ms
local outbox = KEYS.outbox                         -- list: waiting deliveries
local steps = KEYS.steps                           -- hash: what turns that have not ended have done
local deliveries = KEYS.deliveries                 -- hash: delivery id -> its state
local provider_ids = KEYS.provider_ids             -- hash: short form of a provider's id -> delivery id
local silence = KEYS.silence                       -- string: which replies of the assistant are not sent
local stop = KEYS.stop                             -- string: which replies are not sent, those of agents too
local marketing = KEYS.marketing                   -- string: what the customer wishes about marketing messages, as JSON
local media = KEYS.media                           -- hash: what becomes of its media
local timers = KEYS.timers                         -- hash: name -> what the assistant has planned
local first_usage, last_usage = KEYS.usages        -- for each limit: uses counted; its expiry is the end of the window

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local holder = ARGV.holder                    -- id of this call; a repeated call finds its own lease
local lease_for = ARGV.lease_for              -- ms after which the lease expires
local limit = tonumber(ARGV.limit)            -- the most messages to return
local member = ARGV.member                    -- the due member of the turn
local garbage = ARGV.garbage                  -- ms after which Redis may remove an abandoned lease
local alone = ARGV.alone                      -- '1' if the caller's process does nothing else, else ''
local listener = ARGV.listener                -- channel on which the caller hears what comes, '' for none
local hears = ARGV.hears                      -- 'messages' if it wants to hear of messages too, else ''

local counted = SHARED.counted              -- function: the value of a counter
local what_was_said = SHARED.what_was_said  -- function: what is known of the replies
local media_of = SHARED.media_of            -- function: what is known of the media of messages

-- Returns {'held', until, the present time in ms, 1 if its messages gather until then, else 0}, {'empty'} or {'taken', fence, the present time in ms, attempt, how often its process died, session or '', 1 if the
-- customer has opted out else 0, deliveries that wait, what is known of the replies, the wish or '', what is known of the media, {name, timer, ...}, for each limit uses counted and the end of its window, how many values
-- of steps follow, field, value, ..., message, ...}; ends are in ms, 0 for none.

local held = redis.call('HMGET', lease, 'until', 'holder', 'attempts', 'crashes', 'alone', 'listener', 'hears', 'gathers')
local mine = held[2] == holder
if mine and listener == '' then
  -- The holder takes again and still hears.
  listener, hears = held[6] or '', held[7] or ''
end
if tonumber(held[1] or 0) > now and not mine then
  return {'held', tonumber(held[1]), now, held[2] == '' and held[8] and 1 or 0}
end

local unsent = redis.call('LLEN', outbox)
local waiting = redis.call('LRANGE', mailbox, 0, limit - 1)
if #waiting == 0 then
  redis.call('DEL', lease)
  redis.call('ZREM', due, member)
  return {'empty'}
end

local done = redis.call('HGETALL', steps)
local planned = redis.call('HGETALL', timers)

local fence, till = redis.call('INCR', fences), now + lease_for
local attempt, crashes = tonumber(held[3] or 0) + (mine and 0 or 1), tonumber(held[4] or 0)
if held[2] and held[2] ~= '' and not mine then
  -- The last holder did not release it. Its process may have died of another turn, unless this turn was alone in it: only
  -- then the attempt counts. What comes from now on is no cause.
  if crashes == 0 then
    redis.call('HSET', lease, 'suspects', redis.call('LLEN', mailbox))
  end
  crashes = crashes + 1
  attempt = held[5] == '1' and attempt or math.max(1, attempt - 1)
end
redis.call('HSET', lease, 'fence', fence, 'holder', holder, 'until', till, 'attempts', attempt, 'crashes', crashes,
  'alone', alone, 'listener', listener, 'hears', hears)
redis.call('HDEL', lease, 'waits', 'gathers')
redis.call('PEXPIREAT', lease, now + garbage)
redis.call('ZADD', due, till, member)

local found = redis.call('MGET', session, opt_out, marketing, unpack(KEYS, first_usage, last_usage))
-- The expiry of a key, in ms; 0: it has none, or does not exist.
local function ends(place, key)
  return found[place] and math.max(0, redis.call('PEXPIRETIME', key)) or 0
end
local expires = ends(1, session)
local record = (expires == 0 or expires > now) and found[1] or ''
local said = what_was_said(deliveries, provider_ids, outbox, silence, stop, unsent, waiting)
local reply = {'taken', fence, now, attempt, crashes, record, found[2] and 1 or 0, unsent, said, found[3] or '',
  media_of(media, waiting, record), planned}
for k = first_usage, last_usage do
  local place = 4 + k - first_usage
  -- A value that is not a number counts as 0, and the commit begins a new window.
  reply[#reply + 1] = counted(found[place])
  reply[#reply + 1] = ends(place, KEYS[k])
end
reply[#reply + 1] = #done
for _, part in ipairs(done) do
  reply[#reply + 1] = part
end
for _, entry in ipairs(waiting) do
  reply[#reply + 1] = entry
end
return reply
