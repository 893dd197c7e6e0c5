package main

import (
	"crypto/rsa"
	"os"
	"strings"
	"time"

	"rollcall"
	"rollcall/auth"
	"rollcall/client"
)

// The variables that hold what must not stand on a command line, where every
// process of the machine can read it.
const (
	secretVariable = "ROLLCALL_CLIENT_SECRET"
	tokenVariable  = "ROLLCALL_TOKEN"
)

// remoteFlags say on which other server a file is imported, and as whom.
type remoteFlags struct {
	Server           string        `placeholder:"URL" group:"On another server" help:"Import on this server, for example https://rollcall.example.com, instead of into a database."`
	Account          string        `placeholder:"24HEX" group:"On another server" help:"The account of the application."`
	ClientID         string        `placeholder:"cs-…" group:"On another server" help:"The app whose credentials are used: its secret in ROLLCALL_CLIENT_SECRET, or one of the next two; or else a token in ROLLCALL_TOKEN."`
	ClientSecretFile string        `placeholder:"FILE" group:"On another server" help:"The file that holds the app's secret."`
	PrivateKey       string        `placeholder:"FILE" group:"On another server" help:"For RS256 and ES256: the app's private key, PEM."`
	Algorithm        string        `placeholder:"NAME" group:"On another server" help:"How the app signs, where that is HS384 or HS512; HS256 by default, and with --private-key what the key is for."`
	EncryptionKey    string        `placeholder:"FILE" group:"On another server" help:"For apps that encrypt their tokens: the server's public key, PEM."`
	RetryFor         time.Duration `default:"10m" group:"On another server" help:"How long to go on without headway while the server cannot be reached."`
}

// client makes what calls the server.
func (f *remoteFlags) client(application string, say func(string)) (*client.Client, error) {
	if f.Account == "" {
		return nil, rollcall.Invalid("account", "The server must be told the account; give its 24 hexadecimal digits.")
	}
	if !rollcall.IsApplicationID(application) {
		return nil, rollcall.Invalid("application", `The application must be an id such as "st-" and a UUID.`)
	}
	tokens, err := f.tokens()
	if err != nil {
		return nil, err
	}
	return client.New(client.Config{
		Server: f.Server, Account: strings.ToLower(f.Account), Application: application, Tokens: tokens, RetryFor: f.RetryFor, Say: say,
	})
}

func (f *remoteFlags) tokens() (client.Tokens, error) {
	if f.ClientID == "" {
		if token := os.Getenv(tokenVariable); token != "" {
			return client.ReadyToken(strings.TrimSpace(token)), nil
		}
		return nil, rollcall.Invalid("client-id", "Say as whom to call the server: give the app with its secret in "+secretVariable+", or a token in "+tokenVariable+".")
	}
	c := &client.Credentials{ClientID: f.ClientID}
	var err error
	if c.Key, c.Algorithm, err = f.key(); err != nil {
		return nil, err
	}
	if f.EncryptionKey != "" {
		text, err := readFlagFile("encryption-key", f.EncryptionKey)
		if err != nil {
			return nil, err
		}
		if c.EncryptTo, err = auth.ParseEncryptionKey(text); err != nil {
			return nil, err
		}
	}
	// What is wrong with a key shows when it signs: better now than after the file
	// was read.
	_, _, err = c.Token(time.Now())
	if err != nil && len(rollcall.Errors(err)) == 0 {
		err = rollcall.Invalid("client-secret-file", "The secret cannot sign with "+string(c.Algorithm)+"; is all of it there?")
	}
	return c, err
}

// key gives what signs, and how.
func (f *remoteFlags) key() (any, rollcall.Algorithm, error) {
	if f.PrivateKey != "" {
		return f.privateKey()
	}
	algorithm := rollcall.HS256
	if f.Algorithm != "" {
		var err error
		if algorithm, err = rollcall.ParseAlgorithm(f.Algorithm); err != nil {
			return nil, "", err
		}
	}
	if !algorithm.Symmetric() {
		return nil, "", rollcall.Invalid("private-key", "An app that signs with "+string(algorithm)+" needs its private key: --private-key FILE.")
	}
	secret := os.Getenv(secretVariable)
	if f.ClientSecretFile != "" {
		text, err := readFlagFile("client-secret-file", f.ClientSecretFile)
		if err != nil {
			return nil, "", err
		}
		secret = string(text)
	}
	if secret = strings.TrimSpace(secret); secret == "" {
		return nil, "", rollcall.Invalid("client-secret-file", "The app's secret is missing; put it into the variable "+secretVariable+", or name the file that holds it.")
	}
	return []byte(secret), algorithm, nil
}

func (f *remoteFlags) privateKey() (any, rollcall.Algorithm, error) {
	text, err := readFlagFile("private-key", f.PrivateKey)
	if err != nil {
		return nil, "", err
	}
	signer, err := auth.ParsePrivateKey(text)
	if err != nil {
		return nil, "", err
	}
	algorithm := rollcall.ES256
	if _, isRSA := signer.Public().(*rsa.PublicKey); isRSA {
		algorithm = rollcall.RS256
	}
	if f.Algorithm != "" && f.Algorithm != string(algorithm) {
		return nil, "", rollcall.Invalid("algorithm", "The private key is for "+string(algorithm)+"; leave the algorithm out.")
	}
	return signer, algorithm, nil
}

func readFlagFile(flag, path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, rollcall.Invalid(flag, "The file cannot be read: "+err.Error()+".")
	}
	return text, nil
}
