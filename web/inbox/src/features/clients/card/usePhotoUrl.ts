import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Client } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { clients } from "../queries.ts";

/** Where the browser finds it, as long as it is shown. */
export function usePhotoUrl({ clientId, etag, hasPhoto }: Client): string | undefined {
  const { data } = useQuery({
    queryKey: ["clients", "photo", clientId, etag],
    queryFn: ({ signal }) => clients.getClientPhoto({ clientId }, { signal }),
    enabled: hasPhoto,
    // A card that changed has most likely the same photo.
    placeholderData: keepPreviousData,
  });
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!data) return;
    const made = URL.createObjectURL(new Blob([data.photo as Uint8Array<ArrayBuffer>], { type: data.contentType }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [data]);
  return hasPhoto ? url : undefined;
}
