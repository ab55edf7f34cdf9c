/** What a person types into the form of "Every kind of parameter". */
export const filled = {
  Order: "O-00004411",
  Status: "PAID",
  "Up to": "30",
  Ratio: "0.5",
  Urgent: "No",
  Day: "2026-11-20",
  Since: 1_763_690_400,
  States: ["OPEN", "NEW"],
  Countries: ["COUNTRY_3", "COUNTRY_1"],
  Reason: "Alert OrderWorkflowAge fires since 02:10",
};
