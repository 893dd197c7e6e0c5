// Package dialer is the engine that campaigns run by: what happens to them without
// anybody asking. It imports the domain, and knows its store by an interface of its
// own.
package dialer
