from agents import Agent, ModelSettings, TResponseInputItem, Runner, RunConfig, trace
from pydantic import BaseModel

drafter = Agent(
  name="Drafter",
  instructions="You draft.",
  model="gpt-4.1",
  model_settings=ModelSettings(
    store=True
  )
)


sender = Agent(
  name="Sender",
  instructions="You send.",
  model="gpt-4.1",
  model_settings=ModelSettings(
    store=True
  )
)


def approval_request(message: str):
  # TODO: Implement
  return True

class WorkflowInput(BaseModel):
  input_as_text: str


# Main code entrypoint
async def run_workflow(workflow_input: WorkflowInput):
  with trace("Mail"):
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
    drafter_result_temp = await Runner.run(
      drafter,
      input=[
        *conversation_history
      ],
      run_config=RunConfig(trace_metadata={
        "__trace_source__": "agent-builder",
        "workflow_id": "wf_mail"
      })
    )

    conversation_history.extend([item.to_input_item() for item in drafter_result_temp.new_items])

    drafter_result = {
      "output_text": drafter_result_temp.final_output_as(str)
    }
    approval_message = "Shall it be sent?"

    if approval_request(approval_message):
        sender_result_temp = await Runner.run(
          sender,
          input=[
            *conversation_history
          ],
          run_config=RunConfig(trace_metadata={
            "__trace_source__": "agent-builder",
            "workflow_id": "wf_mail"
          })
        )

        conversation_history.extend([item.to_input_item() for item in sender_result_temp.new_items])

        sender_result = {
          "output_text": sender_result_temp.final_output_as(str)
        }
        return sender_result
    else:
        end_result = {
          "message": "Nothing was sent."
        }
        return end_result
