// Package rollcall is the domain: the nouns of outbound calling and their rules.
//
// It holds no SQL, no HTTP, no JSON, no clock and no goroutine. Whoever calls a
// rule passes the time in. Both doors (the wire API and the command line) reach
// these rules through the same methods of package store, so they cannot drift.
//
// # Glossary
//
//   - Account: the customer; owns everything. 24 hexadecimal digits.
//   - Organisation (o-…): the account's name in answers that speak of an orgId.
//   - Application (st-…): a workspace in an account. Contact lists live in one.
//   - App (cs-…): a program that may call the API; it signs tokens with a secret
//     or a private key, for one account and one or more applications in it.
//   - Scope: what an app may do, for example campaign_management.
//   - Contact list (cl-…): the people a campaign may call.
//   - Contact (cc-…): one row of a list: a phone number and what belongs to it.
//   - DNC (do not call) list: numbers that must not be called. A global one binds
//     every campaign of the account.
//   - Entry: a number, or a prefix of numbers, on a DNC list, with reason and end.
//   - Upload (up-…): a file that was sent, or is being sent, for imports to read.
//   - Import (im-…): one file on its way into one list, with an outcome for every row.
//   - Outcome: added, updated, unchanged, duplicate, rejected or blocked.
//   - Mapping: which column of a file is which field of a contact.
//   - Reject: a row that cannot be a contact, with its code and the row as it stood.
//   - Correction: a rejects file that was mended and is imported again.
//   - Ledger: what became of each row of an import.
//   - Block: rows that are committed together, some ten thousand.
//   - Contents: the contacts that a list holds; a replacement exchanges them.
//   - Dry run: an import that writes nothing into its list.
//   - Undo: taking back what an import added or changed.
//   - Lease: how long a process may work without a sign of life.
//   - Limit: what an account may have at most.
//   - Campaign (cd-…): the plan to call the contacts of some lists.
//   - Scrub: holding a campaign's contacts against the DNC lists that bind it.
//   - Calling hours: when a contact may be called, on the clock of its own zone.
//   - Run (cid-…): one execution of a campaign over all contacts of its lists.
//   - Claim (ck-…): a contact that is handed out to a dialer, for as long as its lease.
//   - Attempt: one try to reach a contact. Its disposition is how it ended.
//   - E.164: the international form of a phone number, 8 to 15 digits here.
package rollcall
