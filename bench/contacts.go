package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// callSize is how many contacts a call carries, and how many such calls a round
// makes.
type callSize struct{ contacts, calls int }

var callSizes = []callSize{{1, 100}, {1000, 10}, {50_000, 2}}

// newContact is a contact as a program sends it.
type newContact struct {
	FirstName   string `json:"firstName"`
	LastName    string `json:"lastName"`
	PhoneNumber string `json:"phoneNumber"`
	UniqueID    string `json:"uniqueId"`
	City        string `json:"city"`
}

// feeder sends contacts that no list has yet.
type feeder struct {
	*client
	numbers *numbers
	next    uint64
}

// contacts measures addContacts.
func (b *bench) contacts(ctx context.Context) error {
	t := b.table("addContacts", "engine|contacts a call|ms a call|contacts/s|write and sync ms|call ÷ write and sync",
		"One call after the other over HTTP, each with numbers that the list does not hold; what the call answers is durable. The reference writes the call's body into a file and waits until the disk has it.")
	most := 0
	for _, size := range callSizes {
		most += size.contacts * size.calls * (b.rounds + 1)
	}
	set, err := newNumbers(most)
	if err != nil {
		return err
	}
	for _, e := range engines {
		p, err := b.newPlace(ctx, e)
		if err != nil {
			return err
		}
		err = p.served(ctx, func(s *instance) error { return b.addContacts(ctx, t, p, &feeder{client: s.client, numbers: set}) })
		if err != nil {
			return err
		}
		if err := p.remove(ctx); err != nil {
			return err
		}
	}
	return nil
}

// addContacts measures every size. The first round of each only warms up.
func (b *bench) addContacts(ctx context.Context, t *table, p *place, f *feeder) error {
	for _, size := range callSizes {
		list := fmt.Sprintf("%d at once", size.contacts)
		if err := f.addList(ctx, list); err != nil {
			return err
		}
		var calls, syncs series
		for round := range b.rounds + 1 {
			tell("calls of %d contacts on %s, round %d of %d", size.contacts, p.engine, round, b.rounds)
			call, sync, err := f.round(ctx, p, list, size)
			if err != nil {
				return err
			}
			if round > 0 {
				calls, syncs = append(calls, call), append(syncs, sync)
			}
		}
		t.add(string(p.engine), thousands(float64(size.contacts)), calls.show(threeDigits), thousands(float64(size.contacts)/calls.median()*1000),
			syncs.show(threeDigits), calls.over(syncs).show(twoDecimals))
	}
	return nil
}

// round gives the median milliseconds of the calls, and of the references.
func (f *feeder) round(ctx context.Context, p *place, list string, size callSize) (call, sync float64, err error) {
	var calls, syncs series
	for range size.calls {
		body, err := f.body(list, size.contacts)
		if err != nil {
			return 0, 0, err
		}
		took, err := f.add(ctx, body, size.contacts)
		if err != nil {
			return 0, 0, err
		}
		calls = append(calls, millis(took))
		if took, err = writeAndSync(filepath.Join(p.bench.dir, "reference"), body); err != nil {
			return 0, 0, err
		}
		syncs = append(syncs, millis(took))
	}
	return calls.median(), syncs.median(), nil
}

// body encodes a call with the next n contacts.
func (f *feeder) body(list string, n int) ([]byte, error) {
	call := struct {
		List string       `json:"contact_list_name"`
		Data []newContact `json:"data"`
	}{list, make([]newContact, n)}
	for i := range call.Data {
		chance := mix(f.next)
		call.Data[i] = newContact{
			pick(firstNames, chance), pick(lastNames, chance>>8), string(f.numbers.spell(nil, f.next, false)),
			fmt.Sprintf("CUST-%09d", f.next), strings.Trim(pick(f.numbers.at(f.next).country.cities[:], chance>>16), `"`),
		}
		f.next++
	}
	return json.Marshal(call)
}

// add makes a call, all of whose contacts must be taken.
func (f *feeder) add(ctx context.Context, body []byte, n int) (time.Duration, error) {
	answer, took, err := f.call(ctx, http.MethodPost, "/addContacts", body)
	if err != nil {
		return 0, err
	}
	var envelope struct {
		Data struct{ Received, Added int }
	}
	if err := json.Unmarshal(answer, &envelope); err != nil {
		return 0, err
	}
	if envelope.Data.Added != n {
		return 0, fmt.Errorf("of %d contacts %d were added", n, envelope.Data.Added)
	}
	return took, nil
}

func writeAndSync(path string, content []byte) (time.Duration, error) {
	began := time.Now()
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if _, err := f.Write(content); err != nil {
		return 0, err
	}
	err = f.Sync()
	return time.Since(began), err
}
