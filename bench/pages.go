package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

const (
	pageSize      = 100
	deepPage      = 10_000
	pageCalls     = 200 // of each page in a round
	skipCalls     = 5   // of the page by skip, which is slow
	mostPageRatio = 1.5
)

// contactPage is what is read of an answer of getAllContacts.
type contactPage struct {
	Results    []json.RawMessage
	NextCursor string
}

// contactsCall gives the path of a page of a list.
type contactsCall struct {
	name  string
	path  string
	calls int
	took  series // median milliseconds of a round
}

// pages measures a page deep in a long list against the first one.
func (b *bench) pages(ctx context.Context) error {
	t := b.table("Pages of a list", "engine|page|ms|÷ page 1", fmt.Sprintf("getAllContacts over HTTP, %d contacts a page, one call after the other.", pageSize))
	for _, e := range engines {
		p, err := b.loaded(ctx, e)
		if err != nil {
			return err
		}
		if err := p.served(ctx, func(s *instance) error { return b.pagesOf(ctx, t, p, s) }); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) pagesOf(ctx context.Context, t *table, p *place, s *instance) error {
	id, size, err := s.fill(ctx, p, min(b.rows, deepPage*pageSize))
	if err != nil {
		return err
	}
	page := min(deepPage, size/pageSize)
	cursor, err := s.cursorOf(ctx, id, page)
	if err != nil {
		return err
	}
	path, deep := "/"+id+"/getAllContacts?limit="+fmt.Sprint(pageSize), thousands(float64(page))
	all := []*contactsCall{
		{name: "1", path: path, calls: pageCalls},
		{name: deep + " by cursor", path: path + "&cursor=" + url.QueryEscape(cursor), calls: pageCalls},
		{name: deep + " by skip", path: path + "&skip=" + fmt.Sprint((page-1)*pageSize), calls: skipCalls},
	}
	if err := s.turn(ctx, all, b.rounds, p.engine); err != nil {
		return err
	}
	for i, c := range all {
		ratio := ""
		if i > 0 {
			ratio = c.took.over(all[0].took).show(twoDecimals)
		}
		t.add(string(p.engine), c.name, c.took.show(threeDigits), ratio)
	}
	b.atMost(fmt.Sprintf("page %s by cursor against page 1, %s", deep, p.engine), mostPageRatio, all[1].took.over(all[0].took).median(), twoDecimals)
	return nil
}

// turn asks for all pages in every round. The first round only warms up.
func (s *instance) turn(ctx context.Context, all []*contactsCall, rounds int, e engine) error {
	for round := range rounds + 1 {
		tell("pages on %s, round %d of %d", e, round, rounds)
		for i := range all {
			c := all[(i+round)%len(all)]
			var took series
			for range c.calls {
				_, d, err := s.call(ctx, http.MethodGet, c.path, nil)
				if err != nil {
					return err
				}
				took = append(took, millis(d))
			}
			if round > 0 {
				c.took = append(c.took, took.median())
			}
		}
	}
	return nil
}

// fill adds contacts to the imported list until it has as many as wanted: the
// duplicates and the bad rows of the file are missing.
func (s *instance) fill(ctx context.Context, p *place, want int) (id string, size int, err error) {
	id, there, err := s.onlyList(ctx)
	if err != nil {
		return "", 0, err
	}
	size = int(there)
	f := feeder{client: s.client, numbers: p.bench.file.numbers, next: uint64(p.bench.file.counts.Added)}
	if missing := want - size; missing > 0 {
		body, err := f.body(listName, missing)
		if err != nil {
			return "", 0, err
		}
		if _, err := f.add(ctx, body, missing); err != nil {
			return "", 0, err
		}
		size = want
	}
	return id, size, nil
}

// onlyList gives the list of an application that has one.
func (s *instance) onlyList(ctx context.Context) (id string, size int64, err error) {
	lists, err := ask[[]struct {
		ID               string `json:"_id"`
		TotalRecordCount int64
	}](ctx, s.client, http.MethodPost, allLists, nil)
	if err != nil {
		return "", 0, err
	}
	if len(lists) != 1 {
		return "", 0, fmt.Errorf("%d lists, not one", len(lists))
	}
	return lists[0].ID, lists[0].TotalRecordCount, nil
}

// cursorOf walks to the page before this one, as a caller would, and gives the
// cursor that it ends with.
func (s *instance) cursorOf(ctx context.Context, id string, page int) (cursor string, err error) {
	const most = 1000 // of a page
	for left := (page - 1) * pageSize; left > 0; left -= most {
		path := fmt.Sprintf("/%s/getAllContacts?limit=%d&cursor=%s", id, min(left, most), url.QueryEscape(cursor))
		got, err := ask[contactPage](ctx, s.client, http.MethodGet, path, nil)
		if err != nil {
			return "", err
		}
		if cursor = got.NextCursor; cursor == "" || len(got.Results) != min(left, most) {
			return "", fmt.Errorf("the list ends before page %d", page)
		}
	}
	return cursor, nil
}
