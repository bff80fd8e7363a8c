package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	usage "example/generated"
)

func main() {
	peer := os.Getenv("PEER")
	settings := usage.NewConfiguration()
	settings.Servers = usage.ServerConfigurations{{URL: os.Getenv("URL_OF_HOST")}}
	client := usage.NewAPIClient(settings)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ctx = context.WithValue(ctx, usage.ContextAccessToken, os.Getenv("API_KEY"))

	message := usage.NewMessage("m-1", "c-1", "direct", "user")
	body := usage.NewMessageList([]usage.Message{*message})
	recorded, _, err := client.MessagesAPI.RecordMessages(ctx, peer).MessageList(*body).Execute()
	check(err)

	counted := int32(0)
	for counted == 0 {
		time.Sleep(100 * time.Millisecond)
		stats, _, err := client.StatisticsAPI.GetChannelStats(ctx, peer).Include([]string{"percentage"}).Execute()
		check(err)
		counted = stats.Total.MessageCount
	}

	report, _, err := client.StatisticsAPI.GetReport(ctx, peer).Period("all").Execute()
	check(err)
	csv, _, err := client.StatisticsAPI.GetReportCsv(ctx, peer).Period("all").Execute()
	check(err)
	_, _, err = client.StatisticsAPI.GetChannelStats(ctx, peer).From("2026-11-02").To("2026-11-01").Execute()
	var failed *usage.GenericOpenAPIError
	if !errors.As(err, &failed) {
		log.Fatalf("not refused: %v", err)
	}
	refused, ok := failed.Model().(usage.ErrorAnswer)
	if !ok {
		log.Fatalf("an error of another type: %s", failed.Body())
	}

	said, err := json.Marshal(map[string]any{
		"recorded": recorded.Recorded,
		"counted":  counted,
		"reported": report.Overview.TotalMessages,
		"csv":      strings.Split(csv, ",")[0],
		"error":    map[string]any{"code": refused.Error.Code, "path": refused.Error.Details[0].Path},
	})
	check(err)
	fmt.Println(string(said))
}

func check(err error) {
	var failed *usage.GenericOpenAPIError
	if errors.As(err, &failed) {
		log.Fatalf("%v: %s", err, failed.Body())
	}
	if err != nil {
		log.Fatal(err)
	}
}
