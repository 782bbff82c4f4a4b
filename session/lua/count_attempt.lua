#!lua flags=allow-oom
-- Count one attempt at a password of the desk, unless the client must wait.

local pair = KEYS.pair        -- hash: attempts at this name from this address
local address = KEYS.address  -- hash: attempts from this address, at any name

local now = tonumber(ARGV.now) or SHARED.NOW      -- ms since the epoch, by the clock of the server
local free_pair = tonumber(ARGV.free_pair)        -- attempts at this name without a wait
local free_address = tonumber(ARGV.free_address)  -- the same from this address
local first = tonumber(ARGV.first)                -- the wait after the next attempt, in ms; doubled after each further one
local longest = tonumber(ARGV.longest)            -- the longest wait, in ms
local keep = tonumber(ARGV.keep)                  -- ms without an attempt after which all attempts are forgotten

-- Returns {'wait', ms until the next attempt} or {'counted'}.

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
