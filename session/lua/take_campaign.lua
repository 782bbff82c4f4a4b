#!lua flags=allow-oom
-- Take the lease of a running campaign, and the next rows that its sender may send now. What it may not send waits.

local campaigns = KEYS.campaigns  -- hash: campaigns by name
local lease = KEYS.lease          -- hash: who hands its rows over
local due = KEYS.due              -- sorted set: what must happen -> when
local fences = KEYS.fences        -- counter: the last fence given out
local order = KEYS.order          -- sorted set: customer -> row
local rows = KEYS.rows            -- hash: row -> parameters as JSON
local pace = KEYS.pace            -- string: when the next row of its sender may go out, in ms
local reached = KEYS.reached      -- sorted set: keyed hash of a customer -> when the sender was to reach them last
local paused = KEYS.paused        -- hash: paused senders
local secret = KEYS.secret        -- string: the secret that all processes share

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local name = ARGV.name                        -- of the campaign
local sender = ARGV.sender                    -- of the campaign
local holder = ARGV.holder                    -- id of this call; a repeated call finds its own lease
local lease_for = ARGV.lease_for              -- ms after which the lease expires
local garbage = tonumber(ARGV.garbage)        -- ms after which Redis may remove an abandoned lease; none lasts longer
local member = ARGV.member                    -- the due member of the campaign
local limit = tonumber(ARGV.limit)            -- the most rows to return; 0: only the lease is taken
local every = tonumber(ARGV.every)            -- ms for each row of the sender
local a_day = tonumber(ARGV.a_day)            -- customers whom the sender may reach in 24 hours
local day = tonumber(ARGV.day)                -- these 24 hours, in ms

-- Returns {'held', until}, {'over'} if it is not running, or {'taken', fence, the present time in ms, the record, the last row
-- that was looked at, 1 if there is none behind it, else 0, why there are none now: 'pace', 'day', 'paused' or '', after how many
-- ms there may be, {customer, row, parameters or '', ...}}.

local held = redis.call('HMGET', lease, 'until', 'holder')
local held_till = tonumber(held[1] or 0) or 0
if held_till > now and held_till <= now + garbage and held[2] ~= holder then
  return {'held', held_till}
end
local record = redis.call('HGET', campaigns, name)
local readable, campaign = pcall(cjson.decode, record or '')
if not readable or type(campaign) ~= 'table' or campaign.state ~= 'running' then
  redis.call('DEL', lease)
  redis.call('ZREM', due, member)
  return {'over'}
end
local fence, till = redis.call('INCR', fences), now + lease_for
redis.call('HSET', lease, 'fence', fence, 'holder', holder, 'until', till)
redis.call('PEXPIREAT', lease, now + garbage)
redis.call('ZADD', due, till, member)

local position, ends, granted = tonumber(campaign.position) or 0, 0, {}
local function answer(why, wait)
  return {'taken', fence, now, record, position, ends, why, wait, granted}
end

if limit == 0 then
  return answer('', 0)
end
local pause = redis.call('HGET', paused, sender)
if pause then
  -- Once its time is over one row in some seconds goes out: if nothing else waits, nobody would try whether the sender works again.
  if (tonumber(string.match(pause, '"until":(%d+)')) or 0) >= now then
    return answer('paused', 0)
  end
  limit, every = 1, 5000
end
local free_at = tonumber(redis.call('GET', pace) or 0) or 0
-- Nobody waits for a day: what says so is no time.
if free_at > now and free_at < now + day then
  return answer('pace', free_at - now)
end

redis.call('ZREMRANGEBYSCORE', reached, '-inf', now - day)
local key, count = redis.call('GET', secret) or '', redis.call('ZCARD', reached)
-- Rows that are held back cost nothing, so more of them are looked at.
local looked_at = 10 * limit
local found = redis.call('ZRANGE', order, '(' .. position, '+inf', 'BYSCORE', 'LIMIT', 0, looked_at, 'WITHSCORES')
local is_full = false
for i = 1, #found, 2 do
  local customer, row = found[i], string.format('%d', tonumber(found[i + 1]))
  local is_held_back = tonumber(string.sub(redis.sha1hex(name .. ':' .. row), 1, 8), 16) % 100 < (tonumber(campaign.holdBack) or 0)
  if not is_held_back then
    local whom = redis.sha1hex(key .. customer)
    local is_known = redis.call('ZSCORE', reached, whom)
    if #granted == 3 * limit or not is_known and count >= a_day then
      is_full = true
      break
    end
    redis.call('ZADD', reached, now, whom)
    count = count + (is_known and 0 or 1)
    granted[#granted + 1] = customer
    granted[#granted + 1] = row
    granted[#granted + 1] = redis.call('HGET', rows, row) or ''
  end
  position = tonumber(row)
end
redis.call('PEXPIRE', reached, day)
if not is_full and #found < 2 * looked_at then
  ends = 1
end
if #granted > 0 then
  local next_at = now + math.ceil(every * #granted / 3)
  -- Its value decides; Redis removes it some time later.
  redis.call('SET', pace, next_at, 'PX', next_at - now + 60000)
elseif is_full then
  local oldest = redis.call('ZRANGE', reached, 0, 0, 'WITHSCORES')
  return answer('day', math.max(1, (tonumber(oldest[2]) or now) + day - now))
end
return answer('', 0)
