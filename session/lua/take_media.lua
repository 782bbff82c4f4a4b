#!lua flags=allow-oom
-- Take the lease of the media of a conversation, and return those that are to be fetched now. A holder that takes again, and
-- finds none, has released it.

local lease = KEYS.lease    -- hash: who fetches
local media = KEYS.media    -- hash: what becomes of the media
local due = KEYS.due        -- sorted set: what must happen -> when
local fences = KEYS.fences  -- counter: the last fence given out

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local holder = ARGV.holder                    -- id of this call; a repeated call finds its own lease
local lease_for = ARGV.lease_for              -- ms after which the lease expires
local limit = tonumber(ARGV.limit)            -- the most media to return
local member = ARGV.member                    -- the due member of the media
local garbage = ARGV.garbage                  -- ms after which Redis may remove an abandoned lease
local keep_for = ARGV.keep_for                -- ms after which what became of them expires

local MEDIUM_WAITS = SHARED.MEDIUM_WAITS  -- pattern: a record whose medium is to be fetched

-- Returns {'held', until, the present time in ms}, {'empty'} or {'taken', fence, the present time in ms, how often it was taken and not released, field,
-- record, ...}, the oldest first.

local held = redis.call('HMGET', lease, 'until', 'holder', 'attempts')
local mine = held[2] == holder
if tonumber(held[1] or 0) > now and not mine then
  return {'held', tonumber(held[1]), now}
end

local all = redis.call('HGETALL', media)
local ready, at, later = {}, {}, nil
for i = 1, #all, 2 do
  if string.find(all[i + 1], MEDIUM_WAITS) then
    local from = tonumber(string.match(all[i + 1], '"notBefore":(%d+)') or 0)
    if from <= now then
      ready[#ready + 1] = i
      at[i] = tonumber(string.match(all[i + 1], '"at":(%d+)') or 0)
    elseif not later or from < later then
      later = from
    end
  end
end
if #ready == 0 then
  redis.call('DEL', lease)
  if later then
    redis.call('ZADD', due, later, member)
  else
    redis.call('ZREM', due, member)
    redis.call('PEXPIRE', media, keep_for)
  end
  return {'empty'}
end

table.sort(ready, function(one, other)
  return at[one] < at[other] or at[one] == at[other] and all[one] < all[other]
end)
local fence, till = redis.call('INCR', fences), now + lease_for
local attempt = mine and 1 or tonumber(held[3] or 0) + 1
redis.call('HSET', lease, 'fence', fence, 'holder', holder, 'until', till, 'attempts', attempt)
redis.call('PEXPIREAT', lease, now + garbage)
redis.call('ZADD', due, till, member)
local reply = {'taken', fence, now, attempt}
for n = 1, math.min(limit, #ready) do
  reply[#reply + 1] = all[ready[n]]
  reply[#reply + 1] = all[ready[n] + 1]
end
return reply
