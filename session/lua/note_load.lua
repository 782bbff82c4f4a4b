#!lua flags=allow-oom
-- Note what a process holds, and forget the processes that have noted nothing for some time.

local loads = KEYS.loads  -- hash: process -> when it noted this, and what it holds as JSON

local now = tonumber(ARGV.now) or SHARED.NOW  -- ms since the epoch, by the clock of the server
local process = ARGV.process                  -- the process
local load = ARGV.load                        -- what it holds, as JSON; '' if it ends
local keep_for = ARGV.keep_for                -- ms after which a process that notes nothing is forgotten

-- Returns nothing.

local noted = redis.call('HGETALL', loads)
for i = 1, #noted, 2 do
  local at = tonumber(string.match(noted[i + 1], '^(%d+)|'))
  if noted[i] == process or not at or at < now - keep_for then
    redis.call('HDEL', loads, noted[i])
  end
end
if load ~= '' then
  redis.call('HSET', loads, process, string.format('%.0f', now) .. '|' .. load)
  redis.call('PEXPIRE', loads, keep_for)
end
return {}
