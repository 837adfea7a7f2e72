-- Count one request against a rate, in one step: the generic cell rate algorithm.
-- KEYS[1] when the rate is used up to, in microseconds   ARGV: microseconds between two requests at
-- an even pace, and how many may come at once.
-- Answers whether it may come, how many more may come now, and in how many microseconds the next
-- one may (refused) or all of them may again (taken).
-- The time is the server's: gateways need no clocks that agree.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local used = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0)) + ARGV[1]
local early = used - ARGV[1] * ARGV[2] - now
if early > 0 then
  return {0, 0, early}
end
redis.call('SET', KEYS[1], string.format('%.0f', used), 'PX', math.ceil((used - now) / 1000))
return {1, math.floor(-early / ARGV[1]), used - now}
