#!lua flags=allow-oom
-- Count one try at a password of the desk, unless whoever tries must wait.

local pair    = KEYS[1]  -- hash: tries at this name from this address
local address = KEYS[2]  -- hash: tries from this address, at whatever names

local now          = tonumber(ARGV[1])  -- ms since the epoch, by the caller's clock
local free_pair    = tonumber(ARGV[2])  -- tries at this name that are followed by no wait
local free_address = tonumber(ARGV[3])  -- the same from this address
local first        = tonumber(ARGV[4])  -- the wait after the next try, in ms; doubled after each further one
local longest      = tonumber(ARGV[5])  -- the longest wait, in ms
local keep         = tonumber(ARGV[6])  -- after so many ms without a try all of them are forgotten

-- Returns {'wait', ms until the next try} or {'counted'}.

local function wait_of(counter)
  return math.max(0, tonumber(redis.call('HGET', counter, 'next') or now) - now)
end

local function count(counter, free)
  if redis.call('PEXPIRETIME', counter) <= now then
    redis.call('DEL', counter)
  end
  local beyond = redis.call('HINCRBY', counter, 'tries', 1) - free
  local wait = 0
  if beyond > 0 then
    wait = math.min(longest, first * 2 ^ math.min(beyond - 1, 20))
    redis.call('HSET', counter, 'next', now + wait)
  end
  redis.call('PEXPIREAT', counter, now + wait + keep)
end

local wait = math.max(wait_of(pair), wait_of(address))
if wait > 0 then
  return {'wait', wait}
end
count(pair, free_pair)
count(address, free_address)
return {'counted'}
