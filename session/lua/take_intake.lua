#!lua flags=allow-oom
-- Take the lease of the intake and the oldest bodies in it.

local lease  = KEYS[1]  -- hash: who drains the intake
local intake = KEYS[2]  -- stream: raw bodies, oldest first
local due    = KEYS[3]  -- sorted set: what must happen -> when
local fences = KEYS[4]  -- counter: the last fence given out

local now    = tonumber(ARGV[1])  -- ms since the epoch, by the caller's clock
local holder = ARGV[2]            -- id of this call; a repeated call finds its own lease
local till   = ARGV[3]            -- when the lease runs out, in ms
local limit  = ARGV[4]            -- the most bodies to return
local member = ARGV[5]            -- the due member of the intake

-- Returns {'held', until}, {'empty'} or {'taken', fence, id, source, at, body, id, ...}.

local held = redis.call('HMGET', lease, 'until', 'holder')
if tonumber(held[1] or 0) > now and held[2] ~= holder then
  return {'held', tonumber(held[1])}
end

local entries = redis.call('XRANGE', intake, '-', '+', 'COUNT', limit)
if #entries == 0 then
  redis.call('DEL', lease)
  redis.call('ZREM', due, member)
  return {'empty'}
end

local fence = redis.call('INCR', fences)
redis.call('HSET', lease, 'fence', fence, 'holder', holder, 'until', till)
redis.call('ZADD', due, till, member)

local reply = {'taken', fence}
for _, entry in ipairs(entries) do
  local field = {}
  for i = 1, #entry[2], 2 do
    field[entry[2][i]] = entry[2][i + 1]
  end
  reply[#reply + 1] = entry[1]
  reply[#reply + 1] = field['source'] or ''
  reply[#reply + 1] = field['at'] or '0'
  reply[#reply + 1] = field['body'] or ''
end
return reply
