from agents import function_tool, Agent, ModelSettings, TResponseInputItem, Runner, RunConfig, RunContextWrapper, trace
from pydantic import BaseModel

from my_app import tools

# Tool definitions
@function_tool
async def look_up_order(ctx: RunContextWrapper, number: str):
  """Look up where an order is."""
  return await tools.look_up_order(ctx.context, number)

shop = Agent(
  name="Shop",
  instructions="You help customers of a shop with their orders. Be brief.",
  model="gpt-4.1",
  tools=[
    look_up_order
  ],
  model_settings=ModelSettings(
    temperature=1,
    top_p=1,
    max_tokens=2048,
    store=True
  )
)


class WorkflowInput(BaseModel):
  input_as_text: str


# Main code entrypoint
async def run_workflow(workflow_input: WorkflowInput):
  with trace("Shop"):
    state = {

    }
    workflow = workflow_input.model_dump()
    conversation_history: list[TResponseInputItem] = [
      {
        "role": "user",
        "content": [
          {
            "type": "input_text",
            "text": workflow["input_as_text"]
          }
        ]
      }
    ]
    shop_result_temp = await Runner.run(
      shop,
      input=[
        *conversation_history
      ],
      run_config=RunConfig(trace_metadata={
        "__trace_source__": "agent-builder",
        "workflow_id": "wf_shop"
      })
    )

    conversation_history.extend([item.to_input_item() for item in shop_result_temp.new_items])

    shop_result = {
      "output_text": shop_result_temp.final_output_as(str)
    }
    return shop_result
