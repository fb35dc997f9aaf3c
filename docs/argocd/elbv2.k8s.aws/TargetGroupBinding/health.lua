-- Of one that Podwire serves: Healthy when it serves, and nothing is left to do; Degraded when somebody has to do something.
-- One that is left to another controller is Healthy: what that one makes of it, it says nowhere.
local function health(status, message)
  return { status = status, message = message }
end

local status = obj.status or {}
local told = {}
for _, condition in ipairs(status.conditions or {}) do
  told[condition.type] = condition
end

local claim = (obj.metadata.annotations or {})["podwire.dev/claim"]
local served = told["podwire.dev/Served"]
if claim ~= "true" and (served == nil or served.reason == "NotClaimed") then
  return health("Healthy", "Not served by Podwire")
end
if status.observedGeneration ~= obj.metadata.generation then
  return health("Progressing", "Waiting for Podwire to look at it")
end
if served == nil then
  return health("Healthy", "The installed kind has no conditions: its TargetGroup tells of it")
end

local function text(condition)
  return condition.reason .. ": " .. condition.message
end

if told.Stalled ~= nil and told.Stalled.status == "True" then
  return health("Degraded", text(told.Stalled))
end
if told.Reconciling ~= nil and told.Reconciling.status == "True" then
  return health("Progressing", text(told.Reconciling))
end
if told.Ready == nil then
  return health("Progressing", "Waiting for Podwire to look at it")
end
if told.Ready.status == "True" then
  return health("Healthy", text(told.Ready))
end
if told.Ready.reason == "NoHealthyTarget" then
  return health("Degraded", text(told.Ready))
end
return health("Progressing", text(told.Ready))
