from agents import Agent, ModelSettings, TResponseInputItem, Runner, RunConfig, trace
from pydantic import BaseModel

# Classify definitions
class ClassifySchema(BaseModel):
  category: str


classify = Agent(
  name="Classify",
  instructions="""### ROLE
You sort messages into sales or support.""",
  model="gpt-4.1",
  output_type=ClassifySchema,
  model_settings=ModelSettings(
    temperature=0
  )
)


sales = Agent(
  name="Sales",
  instructions="You sell.",
  model="gpt-4.1",
  model_settings=ModelSettings(
    temperature=1,
    top_p=1,
    max_tokens=2048,
    store=True
  )
)


support = Agent(
  name="Support",
  instructions="You help.",
  model="gpt-4.1",
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
  with trace("Front desk"):
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
    classify_input = workflow["input_as_text"]
    classify_result_temp = await Runner.run(
      classify,
      input=[
        {
          "role": "user",
          "content": [
            {
              "type": "input_text",
              "text": f"{classify_input}"
            }
          ]
        }
      ],
      run_config=RunConfig(trace_metadata={
        "__trace_source__": "agent-builder",
        "workflow_id": "wf_front_desk"
      })
    )
    classify_result = {
      "output_text": classify_result_temp.final_output.json(),
      "output_parsed": classify_result_temp.final_output.model_dump()
    }
    classify_category = classify_result["output_parsed"]["category"]
    classify_output = {"category": classify_category}
    if classify_category == "sales":
      sales_result_temp = await Runner.run(
        sales,
        input=[
          *conversation_history
        ],
        run_config=RunConfig(trace_metadata={
          "__trace_source__": "agent-builder",
          "workflow_id": "wf_front_desk"
        })
      )

      conversation_history.extend([item.to_input_item() for item in sales_result_temp.new_items])

      sales_result = {
        "output_text": sales_result_temp.final_output_as(str)
      }
      return sales_result
    elif classify_category == "support":
      support_result_temp = await Runner.run(
        support,
        input=[
          *conversation_history
        ],
        run_config=RunConfig(trace_metadata={
          "__trace_source__": "agent-builder",
          "workflow_id": "wf_front_desk"
        })
      )

      conversation_history.extend([item.to_input_item() for item in support_result_temp.new_items])

      support_result = {
        "output_text": support_result_temp.final_output_as(str)
      }
      return support_result
    else:
      return classify_result
