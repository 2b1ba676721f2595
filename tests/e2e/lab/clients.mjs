// The registrations at the lab's authorization server, by Moat's name for their authentication.
// The secret of `basic` differs from its form-encoded self (RFC 6749 2.3.1).
export const clients = {
  post: { id: 'web-post', secret: 'S3cret~web.post_1-x', method: 'client_secret_post' },
  basic: { id: 'web-basic', secret: 'p:ss w%rd+&=/~', method: 'client_secret_basic' },
  'basic-raw': { id: 'web-raw', secret: 'S3cret~web.raw_1-x', method: 'client_secret_basic' },
  none: { id: 'public', secret: undefined, method: 'none' },
};

// Those that need no person.
export const machines = {
  secret: { id: 'machine', secret: 'S3cret~machine_1-x', method: 'client_secret_post' },
  key: { id: 'machine-key', secret: undefined, method: 'private_key_jwt' },
  public: { id: 'machine-public', secret: undefined, method: 'none' },
};
