#!lua flags=allow-oom
-- Take the lease of the intake, and return its oldest bodies.

local lease = KEYS.lease    -- hash: who drains the intake
local intake = KEYS.intake  -- stream: raw bodies, oldest first
local due = KEYS.due        -- sorted set: what must happen -> when
local fences = KEYS.fences  -- counter: the last fence given out

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local holder = ARGV.holder                    -- id of this call; a repeated call finds its own lease
local lease_for = ARGV.lease_for              -- ms after which the lease expires
local limit = tonumber(ARGV.limit)            -- the most bodies to return
local member = ARGV.member                    -- the due member of the intake
local heavy = tonumber(ARGV.heavy)            -- bytes of bodies to return, at most; the first body is always returned

local as_table = SHARED.as_table  -- function: the fields of a stream entry by name

-- Returns {'held', until, the present time in ms}, {'empty'} or {'taken', fence, the present time in ms, id, source, at, body, format, id, ...}.

local held = redis.call('HMGET', lease, 'until', 'holder')
if tonumber(held[1] or 0) > now and held[2] ~= holder then
  return {'held', tonumber(held[1]), now}
end

local reply = {'taken', 0, now}
local bytes, after = 0, '-'
for n = 1, limit do
  -- One by one, because many at once may be hundreds of megabytes.
  local entry = redis.call('XRANGE', intake, after, '+', 'COUNT', 1)[1]
  if not entry then
    break
  end
  local field = as_table(entry[2])
  local body = field['body'] or ''
  bytes = bytes + #body
  if n > 1 and bytes > heavy then
    break
  end
  after = '(' .. entry[1]
  reply[#reply + 1] = entry[1]
  reply[#reply + 1] = field['source'] or ''
  reply[#reply + 1] = field['at'] or ''
  reply[#reply + 1] = body
  reply[#reply + 1] = field['format'] or ''
end

if #reply == 3 then
  redis.call('DEL', lease)
  redis.call('ZREM', due, member)
  return {'empty'}
end
local till = now + lease_for
reply[2] = redis.call('INCR', fences)
redis.call('HSET', lease, 'fence', reply[2], 'holder', holder, 'until', till)
redis.call('ZADD', due, till, member)
return reply
