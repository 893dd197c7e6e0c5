// Package client calls a Rollcall server over HTTP: it sends a file in pieces,
// has it imported and follows the import. It goes on after broken connections.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"rollcall"
)

// Config says which server is called, and as whom.
type Config struct {
	Server      string // https://host, also with a path before the API's
	Account     string // 24 hexadecimal digits
	Application string // st-…
	Tokens      Tokens
	// RetryFor is how long work goes on without any headway while the connection
	// fails or the server is not able to answer.
	RetryFor time.Duration
	// Say is told, in one sentence, when work has to be tried again; nil: nobody is.
	Say func(string)
}

// Tokens gives the token of each request.
type Tokens interface {
	// Token gives a token that is good now. Fresh tells that the next one is
	// another, so that one which was refused is worth a second try.
	Token(now time.Time) (token string, fresh bool, err error)
}

// Client calls one server for one application. Its methods are for one goroutine
// at a time.
type Client struct {
	config  Config
	base    string
	http    *http.Client
	reached bool  // the server has answered once
	piece   int64 // of a file, in one request, in bytes
}

// The paths of the API, version 2, and how long nothing may move on a connection
// before it counts as broken.
const (
	apiPath = "campaign/api/v2/public"

	patience = time.Minute
	// createPatience is for the call that makes an import: the server reads the
	// whole file for its digest before it answers.
	createPatience = 15 * time.Minute
)

// New makes a client. Errors are [rollcall.CodeInvalid] on the field "server".
func New(config Config) (*Client, error) {
	u, err := url.Parse(config.Server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, rollcall.Invalid("server", "The server must be an address such as https://rollcall.example.com.")
	}
	if config.Say == nil {
		config.Say = func(string) {}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	return &Client{
		config: config, piece: largestPiece, base: u.JoinPath(apiPath, config.Application, "campaign").String(),
		http: &http.Client{
			Transport: transport,
			// A token must not be carried to whatever host a redirect names.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// request is one request to the API.
type request struct {
	method, path string
	header       http.Header
	body         io.Reader // nil: none
	size         int64     // of the body
	patience     time.Duration
}

// send sends a request once. The body of the answer, which has succeeded, is to be
// closed. Errors are [rollcall.Error], within a passing one where another try may
// end otherwise.
func (c *Client) send(ctx context.Context, r request) (*http.Response, error) {
	token, fresh, err := c.config.Tokens.Token(time.Now())
	if err != nil {
		return nil, err
	}
	watched, watch := watchOver(ctx, r.patience)
	var body io.Reader
	if r.body != nil {
		body = watch.reader(r.body)
	}
	q, err := http.NewRequestWithContext(watched, r.method, c.base+r.path, body)
	if err != nil {
		watch.end()
		return nil, err
	}
	for name, values := range r.header {
		q.Header[name] = values
	}
	q.ContentLength = r.size
	q.Header.Set("auth", token)
	q.Header.Set("iid", c.config.Application)
	q.Header.Set("accountId", c.config.Account)
	answer, err := c.http.Do(q)
	if err != nil {
		defer watch.end()
		return nil, c.broken(ctx, watched, err)
	}
	c.reached = true
	answer.Body = &watchedBody{ReadCloser: answer.Body, watch: watch}
	if answer.StatusCode < http.StatusOK || answer.StatusCode >= http.StatusMultipleChoices {
		defer answer.Body.Close()
		return nil, refusalOf(answer, fresh)
	}
	return answer, nil
}

// call sends a request with a body of JSON, or none, until it is answered, and
// decodes the data of the answer into data.
func (c *Client) call(ctx context.Context, r request, body []byte, data any) error {
	if r.header == nil {
		r.header = http.Header{}
	}
	r.header.Set("Content-Type", "application/json")
	if r.patience == 0 {
		r.patience = patience
	}
	return c.persist(ctx, func() (bool, error) {
		if body != nil {
			r.body, r.size = bytes.NewReader(body), int64(len(body))
		}
		answer, err := c.send(ctx, r)
		if err != nil {
			return false, err
		}
		defer answer.Body.Close()
		envelope := struct{ Data any }{data}
		if err := json.NewDecoder(answer.Body).Decode(&envelope); err != nil {
			return false, c.unreadable(ctx, err)
		}
		return true, nil
	})
}

// unreadable is an answer that broke off, or that is none of a Rollcall server's.
func (c *Client) unreadable(ctx context.Context, err error) error {
	_, syntax := errors.AsType[*json.SyntaxError](err)
	_, kind := errors.AsType[*json.UnmarshalTypeError](err)
	if syntax || kind {
		return &rollcall.Error{Code: rollcall.CodeInternal, Message: "What answers at this address is not a Rollcall server, or one of another version; look at --server.", Err: err}
	}
	return c.broken(ctx, ctx, err)
}
