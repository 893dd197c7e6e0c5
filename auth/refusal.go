package auth

import (
	"errors"
	"fmt"

	"rollcall"
)

// refusalMessage is the one sentence that every refused caller gets. It lists
// what may be wrong instead of saying what is wrong: the difference between
// "unknown app" and "bad signature" is worth something to an attacker.
const refusalMessage = "The token is missing, malformed, expired, already used or not signed by a registered app."

// refuse gives the one error of a token that does not prove its caller. The
// reason is for the log: it must quote nothing of the token but a client id that
// passed [isClientID].
func refuse(reason string) error {
	return &rollcall.Error{
		Code:    rollcall.CodeUnauthenticated,
		Field:   "auth",
		Message: refusalMessage,
		Err:     errors.New(reason),
	}
}

// refuseApp is refuse with the app that the token names.
func refuseApp(clientID, reason string) error {
	return refuse(fmt.Sprintf("app %s: %s", clientID, reason))
}
