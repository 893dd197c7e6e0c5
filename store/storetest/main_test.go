package storetest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	_ "modernc.org/sqlite" // how tests get at the file as another program does

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var ctx = context.Background()

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func reason(err error) string {
	if e, ok := errors.AsType[*rollcall.Error](err); ok {
		return string(e.Code) + " " + e.Reason
	}
	return fmt.Sprint(err)
}

// numbers makes contacts with distinct numbers.
func numbers(n int) []rollcall.Contact {
	out := make([]rollcall.Contact, n)
	for i := range out {
		out[i] = rollcall.Contact{Phone: phone.Number(14155550000 + i), PhoneSent: fmt.Sprintf("+%d", 14155550000+i)}
	}
	return out
}

func checkCount(t testing.TB, s *store.Store, o rollcall.Owner, list string, want int64) {
	t.Helper()
	if got := must(s.ContactList(ctx, o, list))(t).TotalRecordCount; got != want {
		t.Errorf("totalRecordCount %d, want %d", got, want)
	}
	if wrong := must(s.CheckCounts(ctx))(t); len(wrong) != 0 {
		t.Errorf("counts that are not the number of contacts: %+v", wrong)
	}
}
