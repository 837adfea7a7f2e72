import { cookies } from 'next/headers';
import { SESSION, userOf } from '../lib/session.js';
import { Support } from './support.js';

export default async function Page() {
  const user = userOf((await cookies()).get(SESSION)?.value);
  if (user) return <Support user={user} />;
  return (
    <form action="/login" method="post" style={{ display: 'flex', gap: '1rem', padding: '2rem' }}>
      <label>
        Your name <input name="user" required autoFocus />
      </label>
      <button>Log in</button>
    </form>
  );
}
