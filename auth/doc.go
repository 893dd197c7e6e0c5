// Package auth proves who is calling and keeps what must stay secret.
//
// It verifies the tokens of apps (JWT, RFC 7519, as compact JWS, RFC 7515, or
// wrapped in compact JWE, RFC 7516), signs tokens for the command line, makes
// and seals the secrets of apps, and looks after the two keys of the server:
// the master key, which seals, and the token key, to which tokens are encrypted.
// It knows no HTTP and no SQL: what it needs of the store it declares as [Apps].
//
// # What a verified token means
//
// The algorithm comes from the app's record, never from the token. A token is
// one text: base64url is read strictly (RFC 4648, section 3.5: no line breaks,
// no stray bits at the end), so a text that differs in one character is another
// token and has to be signed anew. Two spellings of one token remain possible,
// and neither changes a claim: whoever holds an ES256 signature (r, s) can write
// (r, n−s), and whoever holds a JWS can encrypt it again. Replay protection
// therefore hangs on the claim jti, never on the text.
//
// Every refusal is the same [rollcall.Error]; the reason is in its Err, for the
// log, and holds neither token nor secret. An unknown app, a revoked one and a
// wrong algorithm each cost one verification against a decoy key, so that the
// time of an answer does not tell which client ids exist. The decoys are an
// HMAC secret, an RSA key of 2048 bits and a P-256 key: an app with a larger RSA
// key, or with two live keys, is told apart by whoever measures closely and
// already knows the random UUID of its client id.
package auth
