/** Why the controller did not do what it was asked, in its own sentence, beside the button that asked. */
import { ApiError } from "../api.ts";

export function Refusal({ error }: { error: Error }) {
  const details = error instanceof ApiError ? error.details : [];
  return (
    <div class="error" role="alert">
      <p>{error.message}</p>
      {details.map((detail) => (
        <p key={detail}>{detail}</p>
      ))}
    </div>
  );
}
