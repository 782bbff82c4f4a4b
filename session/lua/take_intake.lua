#!lua flags=allow-oom
-- Take the lease of the intake and the oldest bodies in it.

local lease  = KEYS[1]  -- hash: who drains the intake
local intake = KEYS[2]  -- stream: raw bodies, oldest first
local due    = KEYS[3]  -- sorted set: what must happen -> when
local fences = KEYS[4]  -- counter: the last fence given out

local now    = tonumber(ARGV[1])  -- ms since the epoch, by the caller's clock
local holder = ARGV[2]            -- id of this call; a repeated call finds its own lease
local till   = ARGV[3]            -- when the lease runs out, in ms
local limit  = tonumber(ARGV[4])  -- the most bodies to return
local member = ARGV[5]            -- the due member of the intake
local heavy  = tonumber(ARGV[6])  -- the most bytes of bodies to return; the first comes whatever it weighs

-- Returns {'held', until}, {'empty'} or {'taken', fence, id, source, at, body, format, id, ...}.

local held = redis.call('HMGET', lease, 'until', 'holder')
if tonumber(held[1] or 0) > now and held[2] ~= holder then
  return {'held', tonumber(held[1])}
end

local reply = {'taken', 0}
local bytes, after = 0, '-'
for n = 1, limit do
  -- One by one: many at once may be hundreds of megabytes.
  local entry = redis.call('XRANGE', intake, after, '+', 'COUNT', 1)[1]
  if not entry then
    break
  end
  local field = {}
  for i = 1, #entry[2], 2 do
    field[entry[2][i]] = entry[2][i + 1]
  end
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

if #reply == 2 then
  redis.call('DEL', lease)
  redis.call('ZREM', due, member)
  return {'empty'}
end
reply[2] = redis.call('INCR', fences)
redis.call('HSET', lease, 'fence', reply[2], 'holder', holder, 'until', till)
redis.call('ZADD', due, till, member)
return reply
