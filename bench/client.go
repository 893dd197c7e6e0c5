package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// listsPath is where the calls about contact lists are, and importsPath those about
// imports.
const (
	campaignPath = "/campaign/api/v2/public/" + application + "/campaign"
	listsPath    = campaignPath + "/contactList"
	importsPath  = campaignPath + "/imports"
)

// allLists is the call of getAllListDetails, as the contract has it.
const allLists = "/getAllListDetails?accountId=" + account + "&type=call"

// client calls one server over one connection.
type client struct {
	address string
	token   string
	http    http.Client
}

// newClient takes a transport of its own: a shared one would keep connections
// to servers that are gone.
func newClient(address, token string) *client {
	return &client{address: address, token: token, http: http.Client{Transport: &http.Transport{}, Timeout: time.Minute}}
}

// headers are those that every call needs.
func headers(token string) map[string]string {
	return map[string]string{"auth": token, "iid": application, "accountId": account}
}

// call makes a call about contact lists that must answer 200, and gives the answer
// and the time from sending the request to having read it.
func (c *client) call(ctx context.Context, method, path string, body []byte) (answer []byte, took time.Duration, err error) {
	request, err := http.NewRequestWithContext(ctx, method, c.address+listsPath+path, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	return c.send(request, http.StatusOK)
}

// send sends a request that must be answered with this status.
func (c *client) send(request *http.Request, status int) (answer []byte, took time.Duration, err error) {
	for name, value := range headers(c.token) {
		request.Header.Set(name, value)
	}
	began := time.Now()
	response, err := c.http.Do(request)
	if err != nil {
		return nil, 0, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	took = time.Since(began)
	if err == nil && response.StatusCode != status {
		err = fmt.Errorf("%s %s: %s: %s", request.Method, request.URL.Path, response.Status, answer)
	}
	return answer, took, err
}

// download copies the body of an answer, which may take its time.
func (c *client) download(request *http.Request, into io.Writer) error {
	for name, value := range headers(c.token) {
		request.Header.Set(name, value)
	}
	patient := http.Client{Transport: c.http.Transport, Timeout: importLimit}
	response, err := patient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", request.URL.Path, response.Status)
	}
	_, err = io.Copy(into, response.Body)
	return err
}

// ask makes a call and decodes the data of its answer.
func ask[T any](ctx context.Context, c *client, method, path string, body any) (data T, err error) {
	var content []byte
	if body != nil {
		if content, err = json.Marshal(body); err != nil {
			return data, err
		}
	}
	answer, _, err := c.call(ctx, method, path, content)
	if err != nil {
		return data, err
	}
	envelope := struct{ Data *T }{&data}
	err = json.Unmarshal(answer, &envelope)
	return data, err
}

// addList makes a list fed by API.
func (c *client) addList(ctx context.Context, name string) error {
	_, err := ask[any](ctx, c, http.MethodPost, "/createContactList", map[string]string{"name": name, "description": "Of the benchmark", "source": "passiveApi"})
	return err
}
