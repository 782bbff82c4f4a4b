-- Remove everything that is kept of one customer under keys of its own, and what is due for it.

local due         = KEYS[1]  -- sorted set: what must happen -> when
local first_key   = 2        -- KEYS[2..]: the customer's own keys

local first       = 1        -- ARGV[1..]: due members of the conversation

-- Returns {'forgotten', keys removed}.

for i = first, #ARGV do
  redis.call('ZREM', due, ARGV[i])
end
local removed = 0
for i = first_key, #KEYS do
  removed = removed + redis.call('DEL', KEYS[i])
end
return {'forgotten', removed}
